import { expect, test } from "vitest";
import { findServices, runEarshot, startAdvertising } from "./lab/earshot.ts";
import { startGupnpControlPoint } from "./lab/peers/gupnp-control-point.ts";
import { readByLibupnp } from "./lab/peers/libupnp.ts";
import { describeWithPeers } from "./lab/require.ts";
import { Segment } from "./lab/segment.ts";

const UDN = "uuid:65617273-686f-4400-8000-00000000000";
const domain = "urn:schemas-upnp-org:";

/** A media server of many words with a light embedded in it, two services in one and one in the other. */
const served = {
  type: `${domain}device:MediaServer:1`,
  udn: `${UDN}1`,
  name: "Boucherie numérique <&> Söhne",
  services: [`${domain}service:ContentDirectory:1`, `${domain}service:ConnectionManager:1`],
  devices: [
    { type: `${domain}device:BinaryLight:1`, udn: `${UDN}2`, services: [`${domain}service:SwitchPower:1`] },
  ],
  description: {
    manufacturer: "ACME",
    manufacturerUrl: "http://example.org/?a=1&b=2",
    modelDescription: "Jambon",
    modelName: "jambon-3000",
    modelNumber: "3000",
    presentationUrl: "http://example.org/",
    devices: { [`${UDN}2`]: { friendlyName: "Light" } },
  },
};

const DEVICES = [
  `DEVICE ${UDN}1 ${domain}device:MediaServer:1 Boucherie numérique <&> Söhne`,
  `DEVICE ${UDN}2 ${domain}device:BinaryLight:1 Light`,
];
const SERVICES = [
  `SERVICE ${UDN}1 ${domain}service:ConnectionManager:1 1`,
  `SERVICE ${UDN}1 ${domain}service:ContentDirectory:1 1`,
  `SERVICE ${UDN}2 ${domain}service:SwitchPower:1 1`,
];

describeWithPeers("the description that earshot serves is read", ["gupnp-control-point", "libupnp"], () => {
  test("F18 UC-02 UC-03 UC-04 UC-05 by GUPnP: the devices, their names, and the description of every service", async () => {
    await using segment = await Segment.create({ hosts: 2, route: "multicast" });
    const gupnp = await startGupnpControlPoint(segment.host(1));
    const advertising = await startAdvertising(segment.host(2), served);
    const told = (word: string) => gupnp.output.filter((line) => line.startsWith(`${word} `)).sort();
    await gupnp.waitUntil(() => told("SERVICE").length >= 3, "describe three services");
    expect(told("DEVICE")).toEqual(DEVICES);
    expect(told("SERVICE")).toEqual(SERVICES);
    await advertising.stop();
    await gupnp.waitFor(`GONE ${UDN}1`);
  });

  test("F-14 UD-018 by GUPnP on each of two interfaces, at the address and port that are right there", async () => {
    await using segment = await Segment.create({ hosts: 3, route: "multicast" });
    await segment.attach(2, { name: "eth1", bridge: 1 });
    await segment.attach(3, { name: "eth1", bridge: 1 });
    const near = await startGupnpControlPoint(segment.host(1));
    const far = await startGupnpControlPoint(segment.host(2), { interfaceName: "eth1" });
    await startAdvertising(segment.host(3), served);
    for (const gupnp of [near, far]) {
      const services = () => gupnp.output.filter((line) => line.startsWith("SERVICE "));
      await gupnp.waitUntil(() => services().length >= 3, "describe three services");
      expect(services().sort()).toEqual(SERVICES);
    }
  });

  test("F18 by libupnp, description and service description alike", async () => {
    await using segment = await Segment.create({ hosts: 2, route: "multicast" });
    await startAdvertising(segment.host(2), served);
    const [device] = await findServices(segment.host(1), served.type);
    const url = device?.location ?? "";
    const text = await readByLibupnp(segment.host(1), url);
    expect(text).toContain(`<UDN>${UDN}1</UDN>`);
    expect(text).toContain("Boucherie numérique &lt;&amp;&gt; Söhne");
    const scpd = await readByLibupnp(segment.host(1), new URL("/SwitchPower/scpd.xml", url).href);
    expect(scpd).toContain("<serviceStateTable>");
    await expect(readByLibupnp(segment.host(1), new URL("/x.xml", url).href)).rejects.toThrow();
  });

  test("F-02 F19 by GUPnP again when the address has changed", async () => {
    await using segment = await Segment.create({ hosts: 2, route: "multicast" });
    const [one, own] = [segment.host(1), segment.host(2)];
    await startAdvertising(own, served);
    const before = await startGupnpControlPoint(one);
    await before.waitFor(`DEVICE ${UDN}1`);
    await own.addAddress("10.77.9.9/16");
    await own.deleteAddress(`${own.address}/16`);
    await before.waitFor(`GONE ${UDN}1`);
    const isBack = () => before.output.filter((line) => line.startsWith(`DEVICE ${UDN}1`)).length === 2;
    await before.waitUntil(isBack, "read it anew");
    const [device] = await findServices(one, served.type);
    expect(device?.location).toMatch(/^http:\/\/10\.77\.9\.9:\d+\/description\.xml$/);
    expect(await readByLibupnp(one, device?.location ?? "")).toContain(`${UDN}1`);
  });

  test("F18 as the command serves it", async () => {
    await using segment = await Segment.create({ hosts: 2, route: "multicast" });
    const gupnp = await startGupnpControlPoint(segment.host(1));
    const type = `${domain}device:Basic:1`;
    const words = [
      "--udn",
      `${UDN}3`,
      "--friendly-name",
      "My lamp",
      "--service",
      `${domain}service:Dimming:1`,
    ];
    const advertise = runEarshot(segment.host(2), "advertise", type, ...words);
    await gupnp.waitFor(`DEVICE ${UDN}3 ${type} My lamp`);
    await gupnp.waitFor(`SERVICE ${UDN}3 ${domain}service:Dimming:1 1`);
    expect(await advertise.stop("SIGINT")).toEqual({ code: 0, signal: null });
    await gupnp.waitFor(`GONE ${UDN}3`);
  });

  test("F-17 over IPv6, where there is only that, from the link-local address in its LOCATION", async () => {
    await using segment = await Segment.create({ hosts: 2, ipv6: true, ipv4: false, route: "multicast" });
    await startAdvertising(segment.host(2), served);
    const [device] = await findServices(segment.host(1), served.type);
    const url = new URL(device?.location ?? "");
    expect(url.hostname).toBe(`[${await segment.host(2).linkLocal()}]`);
    const fetched = await segment
      .host(1)
      .exec(process.execPath, [
        "-e",
        `require("net").connect(${url.port}, "${url.hostname.slice(1, -1)}%eth0").end("GET ${url.pathname} HTTP/1.1\\r\\nHost: ${url.host}\\r\\nConnection: close\\r\\n\\r\\n").pipe(process.stdout)`,
      ]);
    expect(fetched.stdout).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(fetched.stdout).toContain(`<UDN>${UDN}1</UDN>`);
  });
});
