/** Messages as devices send them: a NOTIFY, a response and an M-SEARCH of ordinary length. */
export const messages = [
  message("NOTIFY", "uuid:73616d61-6a6b-7a74-6650-30b5c2f4a1e0", [
    "NOTIFY * HTTP/1.1",
    "HOST: 239.255.255.250:1900",
    "CACHE-CONTROL: max-age=1800",
    "LOCATION: http://192.168.1.1:1900/igd.xml",
    "SERVER: ipos/7.0 UPnP/1.0 TL-WR841N/11.0",
    "NT: urn:schemas-upnp-org:device:InternetGatewayDevice:1",
    "USN: uuid:73616d61-6a6b-7a74-6650-30b5c2f4a1e0::urn:schemas-upnp-org:device:InternetGatewayDevice:1",
    "NTS: ssdp:alive",
    "BOOTID.UPNP.ORG: 1717171717",
    "CONFIGID.UPNP.ORG: 1337",
  ]),
  message("response", "uuid:2f402f80-da50-11e1-9b23-001788255acc", [
    "HTTP/1.1 200 OK",
    "CACHE-CONTROL: max-age=100",
    "DATE: Tue, 04 Jun 2024 10:11:12 GMT",
    "EXT:",
    "LOCATION: http://192.168.1.20:80/description.xml",
    "SERVER: Hue/1.0 UPnP/1.0 IpBridge/1.60.0",
    "hue-bridgeid: 001788FFFE255ACC",
    "ST: upnp:rootdevice",
    "USN: uuid:2f402f80-da50-11e1-9b23-001788255acc::upnp:rootdevice",
  ]),
  message("M-SEARCH", undefined, [
    "M-SEARCH * HTTP/1.1",
    "HOST: 239.255.255.250:1900",
    'MAN: "ssdp:discover"',
    "MX: 3",
    "ST: upnp:rootdevice",
    "USER-AGENT: Linux/6.1 UPnP/1.1 example/1.0",
  ]),
];

function message(name, usn, lines) {
  return { name, usn, bytes: Buffer.from(`${lines.join("\r\n")}\r\n\r\n`) };
}
