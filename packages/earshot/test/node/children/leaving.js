/**
 * A program that does one thing and then has nothing left to do: `node leaving.js WHAT INTERFACE`. It must end by itself.
 * It speaks on the named interface alone.
 */
import { Earshot } from "../../../dist/index.js";

const [what, interfaceName] = process.argv.slice(2);
const interfaces = [interfaceName];
/** On no link at all, as where there is no network. */
const nowhere = () => new Earshot({ interfaces, families: [] });
const somewhere = () => new Earshot({ interfaces, families: [4] });
const instance = { type: "_leaving._tcp", name: `leaving ${process.pid}`, port: 1 };

async function read(loop) {
  for await (const _ of loop);
}

const deeds = {
  "browse nowhere": () => read(nowhere().browse()),
  "search nowhere": () => read(nowhere().search()),
  "listen nowhere": () =>
    void nowhere()
      .browse()
      .on("found", () => {}),
  "find nowhere": () => nowhere().find(),
  "advertise nowhere": () => nowhere().advertise({ type: "urn:x:service:a:1" }),
  "leave a loop": async () => {
    const earshot = somewhere();
    const type = `urn:x:service:leaving-${process.pid}:1`;
    const advertisement = await earshot.advertise({ type });
    for await (const _ of earshot.browse(type)) break;
    await advertisement.close();
  },
  "leave a search": async () => {
    const earshot = somewhere();
    const type = `urn:x:service:leaving-${process.pid}:1`;
    const advertisement = await earshot.advertise({ type });
    for await (const _ of earshot.search(type, { everyMs: 60_000 })) break;
    await advertisement.close();
  },
  "close before ready": async () => {
    const earshot = somewhere();
    const loops = [read(earshot.browse()), read(earshot.search())];
    await earshot.close();
    await Promise.all(loops);
  },
  "publish nowhere": () => nowhere().advertise(instance),
  "query nowhere": () => read(nowhere().mdns.query("nobody.local", "A")),
  "leave a loop over instances": async () => {
    const earshot = somewhere();
    const advertisement = await earshot.advertise(instance);
    for await (const _ of earshot.browse(instance.type)) break;
    await advertisement.close();
  },
  "leave a query": async () => {
    const earshot = somewhere();
    const advertisement = await earshot.advertise(instance);
    for await (const _ of earshot.mdns.query(advertisement.host, "A")) break;
    await advertisement.close();
  },
  "close while probing": async () => {
    const earshot = somewhere();
    const advertised = earshot.advertise(instance).catch(() => {});
    await earshot.close();
    await advertised;
  },
  "update twice": async () => {
    const earshot = somewhere();
    const advertisement = await earshot.advertise({ type: `urn:x:service:leaving-${process.pid}:1` });
    const updates = [advertisement.update({ maxAgeSeconds: 100 }), advertisement.update({ port: 1 })];
    await Promise.all([...updates, advertisement.close()]);
  },
};

try {
  await deeds[what]();
  process.stdout.write("done\n");
} catch (error) {
  process.stdout.write(`${error.code}\n`);
}
