import { randomUUID } from "node:crypto";
import type { DnsSdOffer, Offer, SsdpOffer } from "../index.ts";

/** How long others may keep the household if it is killed without a goodbye. */
const MAX_AGE_SECONDS = 120;

/** The devices of a small household, with new UDNs and with descriptions to be served, and services of some of them. */
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
    printer(),
    speaker(),
  ];
}

/** As printers of today say that any of them will do: "IPP Everywhere" asks for the keys. */
function printer(): DnsSdOffer {
  return {
    type: "_ipp._tcp",
    subtypes: ["_universal"],
    name: "Study Printer",
    port: 631,
    txt: [
      ["txtvers", "1"],
      ["qtotal", "1"],
      ["rp", "ipp/print"],
      ["ty", "earshot demo Study-Printer"],
      ["note", "Made up, to be found"],
      ["pdl", "application/pdf,image/urf"],
      ["Color", "T"],
    ],
    ...LIVES,
  };
}

function speaker(): DnsSdOffer {
  return {
    type: "_googlecast._tcp",
    name: "Terrace Speaker",
    port: 8009,
    txt: [
      ["id", randomUUID().replaceAll("-", "")],
      ["md", "earshot demo"],
      ["fn", "Terrace Speaker"],
      ["ca", "4"],
    ],
    ...LIVES,
  };
}

const LIVES = { ttlSeconds: MAX_AGE_SECONDS, hostTtlSeconds: MAX_AGE_SECONDS };

function device(product: string, type: string, services: readonly string[]): SsdpOffer {
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
