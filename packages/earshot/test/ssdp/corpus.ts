/**
 * Messages as real devices and programs send them, in the forms that they are known for. `\n` and `\r\n` are as sent.
 */
import {
  type MessageKind,
  parseMessage,
  type SsdpMessage,
  type ViolationCode,
} from "../../src/ssdp/message.ts";

export interface Specimen {
  readonly name: string;
  readonly text: string;
  readonly kind: MessageKind;
  /** What must be readable of it. */
  readonly headers: Readonly<Record<string, string>>;
  /** Every way in which it deviates, in alphabetical order. */
  readonly violations: readonly ViolationCode[];
}

/** Lines joined and closed as the standard has it. */
export function message(...lines: readonly string[]): string {
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Reads a text that must be a message. */
export function parsed(text: string): SsdpMessage {
  const result = parseMessage(new TextEncoder().encode(text));
  if (result.kind === "malformed") throw new Error(`malformed: ${result.reason}`);
  return result;
}

/** A character a byte. */
export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** What devices and programs out there send. */
export const devices: readonly Specimen[] = [
  {
    name: "MiniUPnPd, with a BOOTID that never changes",
    text: message(
      "NOTIFY * HTTP/1.1",
      "HOST: 239.255.255.250:1900",
      "CACHE-CONTROL: max-age=120",
      "LOCATION: http://192.168.1.1:5000/rootDesc.xml",
      "SERVER: Linux/4.4 UPnP/1.1 MiniUPnPd/2.1",
      "NT: urn:schemas-upnp-org:device:InternetGatewayDevice:1",
      "USN: uuid:824ff22b-8c7d-41c5-a131-8c3bad44a0e1::urn:schemas-upnp-org:device:InternetGatewayDevice:1",
      "NTS: ssdp:alive",
      'OPT: "http://schemas.upnp.org/upnp/1/0/"; ns=01',
      "01-NLS: 1",
      "BOOTID.UPNP.ORG: 1",
      "CONFIGID.UPNP.ORG: 1337",
    ),
    kind: "notify",
    headers: { "01-NLS": "1", "BOOTID.UPNP.ORG": "1", OPT: '"http://schemas.upnp.org/upnp/1/0/"; ns=01' },
    violations: [],
  },
  {
    name: "Samsung television, with NTS in the answer",
    text: message(
      "HTTP/1.1 200 OK",
      "CACHE-CONTROL: max-age=1800",
      "DATE: Thu, 01 Jan 1970 00:00:12 GMT",
      "EXT:",
      "LOCATION: http://192.168.1.20:7676/smp_11_",
      "NTS: ssdp:alive",
      "SERVER: SHP, UPnP/1.0, Samsung UPnP SDK/1.0",
      "ST: urn:samsung.com:device:RemoteControlReceiver:1",
      "USN: uuid:2007e9e6-2ec1-f097-f2df-944770ea00a3::urn:samsung.com:device:RemoteControlReceiver:1",
      "Content-Length: 0",
    ),
    kind: "response",
    headers: { SERVER: "SHP, UPnP/1.0, Samsung UPnP SDK/1.0", NTS: "ssdp:alive", "CONTENT-LENGTH": "0" },
    violations: [],
  },
  {
    name: "LG television, with names in mixed case",
    text: message(
      "HTTP/1.1 200 OK",
      "Location: http://172.16.47.72:1850/",
      "Cache-Control: max-age=1800",
      "Server: WebOS/4.1.0 UPnP/1.0",
      "EXT: ",
      "USN: uuid:5ca32f7d-0c9a-4d0e-8a5a-1d0a1d8f0c3e::upnp:rootdevice",
      "ST: upnp:rootdevice",
      "Date: Sat, 01 Jan 2022 00:05:23 GMT",
    ),
    kind: "response",
    headers: { LOCATION: "http://172.16.47.72:1850/", SERVER: "WebOS/4.1.0 UPnP/1.0", EXT: "" },
    violations: [],
  },
  {
    name: "Sony receiver, with X-AV-Physical-Unit-Info",
    text: message(
      "HTTP/1.1 200 OK",
      "CACHE-CONTROL: max-age=1800",
      "EXT:",
      "LOCATION: http://172.16.47.75:8080/description.xml",
      "SERVER: FedoraCore/2 UPnP/1.0 MINT-X/1.8.1",
      "ST: ssdp:all",
      "USN: uuid:00000000-0000-1010-8000-d8d43c1923dc::upnp:rootdevice",
      'X-AV-Physical-Unit-Info: pa="BRAVIA KDL-40EX720";',
      'X-AV-Server-Info: av=5.0; cn="Sony Corporation"; mn="BRAVIA KDL-40EX720"; mv="1.7";',
    ),
    kind: "response",
    headers: { "X-AV-PHYSICAL-UNIT-INFO": 'pa="BRAVIA KDL-40EX720";' },
    violations: [],
  },
  {
    name: "Sonos player, with household headers",
    text: message(
      "NOTIFY * HTTP/1.1",
      "HOST: 239.255.255.250:1900",
      "CACHE-CONTROL: max-age = 1800",
      "LOCATION: http://192.168.1.33:1400/xml/device_description.xml",
      "NT: urn:schemas-upnp-org:device:ZonePlayer:1",
      "NTS: ssdp:alive",
      "SERVER: Linux UPnP/1.0 Sonos/63.2-88230 (ZPS1)",
      "USN: uuid:RINCON_000E58A0123401400::urn:schemas-upnp-org:device:ZonePlayer:1",
      "X-RINCON-HOUSEHOLD: Sonos_asahHKgjgJGjgjGjggjJgjJG34",
      "X-RINCON-BOOTSEQ: 102",
      "X-RINCON-WIFIMODE: 0",
    ),
    kind: "notify",
    headers: { "X-RINCON-BOOTSEQ": "102", "CACHE-CONTROL": "max-age = 1800" },
    violations: [],
  },
  {
    name: "Philips Hue bridge, with hue-bridgeid",
    text: message(
      "HTTP/1.1 200 OK",
      "HOST: 239.255.255.250:1900",
      "EXT:",
      "CACHE-CONTROL: max-age=100",
      "LOCATION: http://192.168.1.40:80/description.xml",
      "SERVER: Hue/1.0 UPnP/1.0 IpBridge/1.48.0",
      "hue-bridgeid: 001788FFFE23BFC2",
      "ST: upnp:rootdevice",
      "USN: uuid:2f402f80-da50-11e1-9b23-00178823bfc2::upnp:rootdevice",
    ),
    kind: "response",
    headers: { "HUE-BRIDGEID": "001788FFFE23BFC2" },
    violations: [],
  },
  {
    name: "Roku, under a target of its own",
    text: message(
      "HTTP/1.1 200 OK",
      "Cache-Control: max-age=3600",
      "ST: roku:ecp",
      "Location: http://192.168.1.134:8060/",
      "USN: uuid:roku:ecp:P0A070000007",
      "Server: Roku/9.4.0 UPnP/1.0 Roku/9.4.0",
      "device-group.roku.com: 46F5CCE4472F2B4AE91A",
      "Ext: ",
      "WAKEUP: MAC=10:59:32:00:00:07;Timeout=10",
    ),
    kind: "response",
    headers: { ST: "roku:ecp", "DEVICE-GROUP.ROKU.COM": "46F5CCE4472F2B4AE91A" },
    violations: [],
  },
  {
    name: "Yeelight, S7 and S34: no ST, no USN, empty DATE and EXT",
    text: message(
      "HTTP/1.1 200 OK",
      "Cache-Control: max-age=3600",
      "Date: ",
      "Ext: ",
      "Location: yeelight://192.168.1.239:55443",
      "Server: POSIX UPnP/1.0 YGLC/1",
      "id: 0x000000000015243f",
      "model: color",
      "fw_ver: 18",
      "support: get_prop set_default set_power toggle set_bright",
    ),
    kind: "response",
    headers: { DATE: "", LOCATION: "yeelight://192.168.1.239:55443", FW_VER: "18" },
    violations: [],
  },
  {
    name: "FRITZ!Box",
    text: message(
      "NOTIFY * HTTP/1.1",
      "HOST: 239.255.255.250:1900",
      "LOCATION: http://192.168.178.1:49000/igddesc.xml",
      "SERVER: fritz.box UPnP/1.0 AVM FRITZ!Box 7590 154.07.29",
      "CACHE-CONTROL: max-age=1800",
      "NT: urn:schemas-upnp-org:service:WANIPConnection:1",
      "NTS: ssdp:alive",
      "USN: uuid:75802409-bccb-40e7-8e6b-3810D5C0FFEE::urn:schemas-upnp-org:service:WANIPConnection:1",
    ),
    kind: "notify",
    headers: { SERVER: "fritz.box UPnP/1.0 AVM FRITZ!Box 7590 154.07.29" },
    violations: [],
  },
  {
    name: "Windows peer name resolution, S36: a target with spaces",
    text: message(
      "M-SEARCH * HTTP/1.1",
      "Host:[FF02::C]:1900",
      "ST:urn:Microsoft Windows Peer Name Resolution Protocol: V4:IPV6:LinkLocal",
      'Man:"ssdp:discover"',
      "MX:3",
    ),
    kind: "search",
    headers: {
      HOST: "[FF02::C]:1900",
      ST: "urn:Microsoft Windows Peer Name Resolution Protocol: V4:IPV6:LinkLocal",
    },
    violations: ["no-space-after-colon"],
  },
  {
    name: "Windows Explorer (FDSSDP), S31: no MX, and a target of its own",
    text: message(
      "M-SEARCH * HTTP/1.1",
      "HOST:239.255.255.250:1900",
      "ST:pnp:rootdevice",
      'MAN:"ssdp:discover"',
      "USER-AGENT:FDSSDP",
    ),
    kind: "search",
    headers: { ST: "pnp:rootdevice", "USER-AGENT": "FDSSDP" },
    violations: ["no-space-after-colon"],
  },
  {
    name: "Dell XtremIO over IPv6, S3: no blank line",
    text: 'M-SEARCH * HTTP/1.1\r\nHOST: [ff02::c]:1900\r\nMAN: "ssdp:discover"\r\nMX: 3\r\nST: urn:dmtf-org:service:redfish-rest:1\r\n',
    kind: "search",
    headers: { ST: "urn:dmtf-org:service:redfish-rest:1", MX: "3" },
    violations: ["missing-blank-line"],
  },
  {
    name: "Logitech Harmony, S3: not even a line break at the end",
    text: "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nST: urn:myharmony-com:device:harmony:1\r\nUSN: uuid:c5cbdc2e::urn:myharmony-com:device:harmony:1",
    kind: "response",
    headers: { USN: "uuid:c5cbdc2e::urn:myharmony-com:device:harmony:1" },
    violations: ["unterminated-line"],
  },
  {
    name: "Dell 1815dn, S4: a bare LF inside a value",
    text: "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nSERVER: Network Printer Server UPnP/1.0 OS 1.0\nMFG Dell\r\nNT: upnp:rootdevice\r\nNTS: ssdp:alive\r\nUSN: uuid:16a65700-007c-1000-bb49-00159908a1b2::upnp:rootdevice\r\n\r\n",
    kind: "notify",
    headers: { SERVER: "Network Printer Server UPnP/1.0 OS 1.0", NT: "upnp:rootdevice", NTS: "ssdp:alive" },
    violations: ["line-feed-only", "line-without-colon"],
  },
  {
    name: "an embedded stack, S4: LF only",
    text: "HTTP/1.1 200 OK\nST: upnp:rootdevice\nUSN: uuid:1::upnp:rootdevice\nLOCATION: http://192.168.1.9/d.xml\n\n",
    kind: "response",
    headers: { ST: "upnp:rootdevice", LOCATION: "http://192.168.1.9/d.xml" },
    violations: ["line-feed-only"],
  },
  {
    name: "Android DIAL, S5: NULs after the message",
    text: `${message("HTTP/1.1 200 OK", "ST: urn:dial-multiscreen-org:service:dial:1", "USN: uuid:1::x", "LOCATION: http://192.168.1.8:8008/dd.xml")}\0\0\0`,
    kind: "response",
    headers: { ST: "urn:dial-multiscreen-org:service:dial:1" },
    violations: ["trailing-padding"],
  },
  {
    name: "Eaton UPS, S6: SERVER and CACHE-CONTROL twice",
    text: message(
      "HTTP/1.1 200 OK",
      "CACHE-CONTROL: max-age=1800",
      "SERVER: Eaton UPnP/1.0 first",
      "ST: upnp:rootdevice",
      "SERVER: Eaton UPnP/1.0 second",
      "USN: uuid:1::upnp:rootdevice",
      "CACHE-CONTROL: max-age=60",
    ),
    kind: "response",
    headers: { SERVER: "Eaton UPnP/1.0 first", "CACHE-CONTROL": "max-age=1800" },
    violations: ["duplicate-header"],
  },
  {
    name: "Sagemcom gateway, S7: USER-AGENT in an answer, no EXT",
    text: message(
      "HTTP/1.1 200 OK",
      "CACHE-CONTROL: max-age=1800",
      "LOCATION: http://192.168.0.1:49153/gatedesc.xml",
      "USER-AGENT: Linux/3.4 UPnP/1.0 Sagemcom/1.0",
      "ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1",
      "USN: uuid:1::urn:schemas-upnp-org:device:InternetGatewayDevice:1",
    ),
    kind: "response",
    headers: { "USER-AGENT": "Linux/3.4 UPnP/1.0 Sagemcom/1.0" },
    violations: [],
  },
  {
    name: "a router of HTTP/1.0, S8",
    text: message("HTTP/1.0 200 ok", "ST: upnp:rootdevice", "USN: uuid:1::upnp:rootdevice"),
    kind: "response",
    headers: { ST: "upnp:rootdevice" },
    violations: ["inexact-status-line"],
  },
  {
    name: "gateway with Wi-Fi, S10: HNAP, no CACHE-CONTROL, no SERVER",
    text: message(
      "NOTIFY * HTTP/1.1",
      "HOST: 239.255.255.250:1900",
      "NT: hnap:GatewayWithWiFi",
      "NTS: ssdp:alive",
      "USN: uuid:1::hnap:GatewayWithWiFi",
      "LOCATION: http://192.168.0.1/HNAP1/",
    ),
    kind: "notify",
    headers: { NT: "hnap:GatewayWithWiFi" },
    violations: [],
  },
  {
    name: "EPICENTRO firmware, S1: lOCATION",
    text: message(
      "HTTP/1.1 200 OK",
      "lOCATION: http://192.168.1.254:8000/o8ee3npj36j/IGD/upnp/IGD.xml",
      "sT: upnp:rootdevice",
    ),
    kind: "response",
    headers: { LOCATION: "http://192.168.1.254:8000/o8ee3npj36j/IGD/upnp/IGD.xml", ST: "upnp:rootdevice" },
    violations: [],
  },
  {
    name: "a parser test, S2: spaces and tabs around the colon",
    text: message(
      "HTTP/1.1 200 OK",
      "ST : upnp:rootdevice",
      "USN\t:\tuuid:1::upnp:rootdevice  ",
      "LOCATION:   http://192.168.1.9/",
    ),
    kind: "response",
    headers: { ST: "upnp:rootdevice", USN: "uuid:1::upnp:rootdevice", LOCATION: "http://192.168.1.9/" },
    violations: ["space-before-colon", "tab-as-space"],
  },
  {
    name: "MikroTik, S11: a UDN that is no UUID, with a NUL and a space at its end",
    text: message(
      "NOTIFY * HTTP/1.1",
      "NT: upnp:rootdevice",
      "NTS: ssdp:alive",
      "USN: uuid:UUID-MIKROTIK-INTERNET-GATEWAY-DEVICE-::upnp:rootdevice\0 ",
    ),
    kind: "notify",
    headers: { USN: "uuid:UUID-MIKROTIK-INTERNET-GATEWAY-DEVICE-::upnp:rootdevice" },
    violations: ["control-character"],
  },
  {
    name: "jUPnP peer, S30: MAN without quotes and with parameters",
    text: message(
      "M-SEARCH * HTTP/1.1",
      "Host: 239.255.255.250:1900",
      "Man: ssdp:discover; ns=01",
      "Mx: 3",
      "St: ssdp:all",
    ),
    kind: "search",
    headers: { MAN: "ssdp:discover; ns=01", MX: "3", ST: "ssdp:all" },
    violations: [],
  },
  {
    name: "a media server named in UTF-8",
    text: message(
      "HTTP/1.1 200 OK",
      "ST: upnp:rootdevice",
      "SERVER: Linux UPnP/1.0 Küche/1.0",
      "CPFN.UPNP.ORG: 居間",
    ),
    kind: "response",
    headers: { SERVER: "Linux UPnP/1.0 Küche/1.0", "CPFN.UPNP.ORG": "居間" },
    violations: [],
  },
  {
    name: "SAT>IP server, S43: DEVICEID.SES.COM",
    text: message(
      "NOTIFY * HTTP/1.1",
      "HOST: 239.255.255.250:1900",
      "CACHE-CONTROL: max-age=1800",
      "LOCATION: http://192.168.1.6:8875/desc.xml",
      "NT: urn:ses-com:device:SatIPServer:1",
      "NTS: ssdp:alive",
      "SERVER: Linux/1.0 UPnP/1.1 SatPI/1.6.1",
      "USN: uuid:50c958a8-e839-4b96-b7ae-8f9d989e136c::urn:ses-com:device:SatIPServer:1",
      "BOOTID.UPNP.ORG: 2318",
      "CONFIGID.UPNP.ORG: 0",
      "DEVICEID.SES.COM: 1",
    ),
    kind: "notify",
    headers: { "DEVICEID.SES.COM": "1" },
    violations: [],
  },
];
