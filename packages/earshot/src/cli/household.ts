import { randomUUID } from "node:crypto";
import type { Offer } from "../index.ts";

/** How long others may keep the household if it is killed without a goodbye. */
const MAX_AGE_SECONDS = 120;

/** The devices of a small household, with new UDNs, and with descriptions to be served. */
export function household(): Offer[] {
  return [
    device("Attic-Music/3.2", "MediaServer:1", ["ContentDirectory:1", "ConnectionManager:1"]),
    {
      ...device("Hallway-Router/1.9", "InternetGatewayDevice:1", ["Layer3Forwarding:1"]),
      devices: [
        {
          type: deviceType("WANDevice:1"),
          udn: newUdn(),
          services: [serviceType("WANCommonInterfaceConfig:1")],
          devices: [
            {
              type: deviceType("WANConnectionDevice:1"),
              udn: newUdn(),
              services: [serviceType("WANIPConnection:1")],
            },
          ],
        },
      ],
    },
    device("Kitchen-Lamp/0.4", "DimmableLight:1", ["SwitchPower:1", "Dimming:1"]),
    device("Study-Printer/7.1", "Printer:1", ["PrintBasic:1"]),
    device("Terrace-Speaker/2.0", "MediaRenderer:1", ["RenderingControl:1", "AVTransport:1"]),
  ];
}

function device(product: string, type: string, services: readonly string[]): Offer {
  const [name = "", modelNumber = ""] = product.split("/");
  return {
    type: deviceType(type),
    name: name.replace("-", " "),
    udn: newUdn(),
    description: {
      manufacturer: "earshot demo",
      modelName: name,
      modelNumber,
      modelDescription: "Made up, to be found",
    },
    services: services.map(serviceType),
    server: `Demo/1.0 UPnP/1.1 ${product}`,
    maxAgeSeconds: MAX_AGE_SECONDS,
  };
}

function newUdn(): string {
  return `uuid:${randomUUID()}`;
}

function deviceType(type: string): string {
  return `urn:schemas-upnp-org:device:${type}`;
}

function serviceType(type: string): string {
  return `urn:schemas-upnp-org:service:${type}`;
}
