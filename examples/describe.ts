/** Devices by the names that people know them by, with maker and model. Usage: node dist/describe.js */
import { find } from "earshot";

for (const { name, device, undescribed } of await find("upnp:rootdevice", { describe: true }))
  console.log(`${name}: ${undescribed ?? `${device?.manufacturer} ${device?.modelName}`}`);
