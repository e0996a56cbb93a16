import { MalformedError } from "../../src/core/errors.ts";
import { type DescribedDevice, type Description, devicesOf } from "../../src/upnp/description.ts";
import { readDescription } from "../../src/upnp/read-description.ts";
import { utf8 } from "./mutant.ts";
import type { Signature } from "./signature.ts";
import { insist, type Target } from "./target.ts";

const URL_READ = "http://192.168.1.20:8200/rootDesc.xml";
const MOST_DEVICES = 256;
const MOST_VIOLATIONS = 128;

/** Device descriptions: whatever a device serves at its LOCATION. */
export const description: Target = {
  name: "description",
  seeds: seeds(),
  dictionary: [
    '<root xmlns="urn:schemas-upnp-org:device-1-0">',
    "</root>",
    "<device>",
    "</device>",
    "<deviceList>",
    "</deviceList>",
    "<service>",
    "<serviceList>",
    "</serviceList>",
    "<iconList><icon>",
    "</icon></iconList>",
    "<URLBase>http://192.168.1.20/</URLBase>",
    "<UDN>uuid:a</UDN>",
    "<SCPDURL>",
    "<controlURL>/c</controlURL>",
    "<url>//192.168.1.66/x</url>",
    "<specVersion><major>1</major>",
    'configId="5"',
    'xmlns:a="b"',
    "<a:b/>",
    '<!DOCTYPE r [<!ENTITY x "y">]>',
    '<?xml version="1.0" encoding="utf-16"?>',
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "&amp;",
    "&#0;",
    "&#x10ffff;",
    "&x;",
    "&",
    "<",
    ">",
    "/>",
    '"',
    "'",
    "=",
    "\ufeff",
    "\0",
    "<html>",
    "<__proto__>",
    "<constructor>x</constructor>",
    "javascript:",
    "<presentationURL>",
    "<friendlyName>",
    "<",
    "</",
    "<width>99999</width>",
  ],
  mostBytes: 16_384,
  run(bytes, signature) {
    const read = readOrRefuse(bytes, signature);
    if (!read) return;
    for (const { code } of read.violations) signature.note(code);
    insist(read.violations.length <= MOST_VIOLATIONS, "there are too many violations");
    let devices = 0;
    for (const device of devicesOf(read.device)) {
      devices++;
      check(device);
      signature.count("services", device.services.length);
      signature.count("icons", device.icons.length);
    }
    insist(devices <= MOST_DEVICES, `${devices} devices were read`);
    signature.count("devices", devices);
  },
};

function readOrRefuse(bytes: Uint8Array, signature: Signature): Description | undefined {
  try {
    const read = readDescription(bytes, { url: URL_READ, headers: HEADERS });
    signature.note("read");
    return read;
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    signature.note(error.code);
    return undefined;
  }
}

const HEADERS: ReadonlyMap<string, string> = new Map([["content-type", 'text/xml; charset="utf-8"']]);

/** What a program would fetch is where the description was; what a person may follow is the web. */
function check(device: DescribedDevice): void {
  const fetched = [
    ...device.icons.map(({ url }) => url),
    ...device.services.flatMap(({ scpdUrl, controlUrl, eventSubUrl }) => [scpdUrl, controlUrl, eventSubUrl]),
  ];
  for (const url of fetched)
    if (url !== undefined) insist(new URL(url).hostname === "192.168.1.20", `${url} would be fetched`);
  for (const url of [device.presentationUrl, device.manufacturerUrl, device.modelUrl])
    if (url !== undefined) insist(/^https?:$/.test(new URL(url).protocol), `${url} would be followed`);
  for (const { width, height, depth } of device.icons)
    for (const number of [width, height, depth])
      if (number !== undefined) insist(Number.isInteger(number) && number >= 0, `an icon measures ${number}`);
}

function seeds(): Uint8Array[] {
  const whole = `<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0" configId="1"><specVersion><major>1</major><minor>1</minor></specVersion>
<URLBase>http://192.168.1.20:8200/</URLBase><device><deviceType>urn:schemas-upnp-org:device:MediaServer:1</deviceType>
<friendlyName>Films &amp; more</friendlyName><manufacturer>M</manufacturer><manufacturerURL>http://m.example/</manufacturerURL>
<modelName>N</modelName><UDN>uuid:a</UDN><iconList><icon><mimetype>image/png</mimetype><width>48</width><height>48</height>
<depth>24</depth><url>/i.png</url></icon></iconList><serviceList><service><serviceType>urn:schemas-upnp-org:service:ContentDirectory:1</serviceType>
<serviceId>urn:upnp-org:serviceId:ContentDirectory</serviceId><SCPDURL>/cd.xml</SCPDURL><controlURL>/c</controlURL>
<eventSubURL>e</eventSubURL></service></serviceList><deviceList><device><UDN>uuid:b</UDN></device></deviceList>
<presentationURL>http://192.168.1.20/</presentationURL></device></root>`;
  return [
    utf8(whole),
    utf8(whole.replace(/ xmlns="[^"]*"/, "")),
    utf8(
      whole
        .replaceAll("<", "<u:")
        .replaceAll("<u:/", "</u:")
        .replace("<u:?", "<?")
        .replace("xmlns=", "xmlns:u="),
    ),
    Uint8Array.from(Buffer.from(`\ufeff${whole}`, "utf16le")),
    Uint8Array.from(Buffer.from(whole.replace("Films", "Küche"), "latin1")),
    utf8("<html><body>login</body></html>"),
    utf8('<!DOCTYPE r [<!ENTITY a "b">]><root>&a;</root>'),
    utf8("<root><device>".repeat(20)),
  ];
}
