/**
 * Descriptions in the shape in which devices of these kinds write them, oddities included. All values are invented.
 */
export interface DeviceFixture {
  readonly kind: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

const service = (type: string, id: string, path: string) =>
  `<service><serviceType>${type}</serviceType><serviceId>${id}</serviceId><SCPDURL>${path}/scpd.xml</SCPDURL><controlURL>${path}/control</controlURL><eventSubURL>${path}/event</eventSubURL></service>`;

const icon = (mime: string, size: number, url: string) =>
  `<icon><mimetype>${mime}</mimetype><width>${size}</width><height>${size}</height><depth>24</depth><url>${url}</url></icon>`;

const UPNP = "urn:schemas-upnp-org";
const XML: DeviceFixture["headers"] = [["content-type", 'text/xml; charset="utf-8"']];

/** A television that renders: DLNA elements with their prefixes bound on the element itself. */
const renderer: DeviceFixture = {
  kind: "DLNA DMR",
  url: "http://192.0.2.10:49152/description.xml",
  headers: XML,
  body: `<?xml version="1.0" encoding="utf-8"?>
<root xmlns="urn:schemas-upnp-org:device-1-0">
  <specVersion><major>1</major><minor>0</minor></specVersion>
  <device>
    <deviceType>${UPNP}:device:MediaRenderer:1</deviceType>
    <dlna:X_DLNADOC xmlns:dlna="urn:schemas-dlna-org:device-1-0">DMR-1.50</dlna:X_DLNADOC>
    <friendlyName>Den screen</friendlyName>
    <manufacturer>Example Vision</manufacturer>
    <modelName>EV 40</modelName>
    <UDN>uuid:00000000-0000-4000-8000-000000000010</UDN>
    <iconList>${icon("image/jpg", 48, "icons/48.jpg")}${icon("image/png", 120, "/icons/120.png")}</iconList>
    <serviceList>
      ${service(`${UPNP}:service:RenderingControl:1`, "urn:upnp-org:serviceId:RenderingControl", "rc")}
      ${service(`${UPNP}:service:ConnectionManager:1`, "urn:upnp-org:serviceId:ConnectionManager", "cm")}
      ${service(`${UPNP}:service:AVTransport:1`, "urn:upnp-org:serviceId:AVTransport", "avt")}
    </serviceList>
  </device>
</root>`,
};

/** A media server: tabs and CRLF, presentation elsewhere, X_ elements of several makers. */
const server: DeviceFixture = {
  kind: "DLNA DMS",
  url: "http://192.0.2.11:8200/rootDesc.xml",
  headers: XML,
  body: `<?xml version="1.0"?>\r
<root xmlns="urn:schemas-upnp-org:device-1-0" configId="1337">\r
\t<specVersion>\r\n\t\t<major>1</major>\r\n\t\t<minor>0</minor>\r\n\t</specVersion>\r
\t<device>\r
\t\t<pnpx:X_compatibleId xmlns:pnpx="http://schemas.microsoft.com/windows/pnpx/2005/11">MS_DigitalMediaDeviceClass_DMS_V001</pnpx:X_compatibleId>\r
\t\t<df:X_deviceCategory xmlns:df="http://schemas.microsoft.com/windows/2008/09/devicefoundation">MediaDevices</df:X_deviceCategory>\r
\t\t<deviceType>${UPNP}:device:MediaServer:1</deviceType>\r
\t\t<friendlyName>shelf: songs &amp; films</friendlyName>\r
\t\t<manufacturer>Example Shelf</manufacturer>\r
\t\t<manufacturerURL>http://shelf.example/</manufacturerURL>\r
\t\t<modelDescription>Example Shelf on a small board</modelDescription>\r
\t\t<modelName>Example Shelf Server</modelName>\r
\t\t<modelNumber>1</modelNumber>\r
\t\t<modelURL>http://shelf.example/server</modelURL>\r
\t\t<serialNumber>12345678</serialNumber>\r
\t\t<sec:ProductCap xmlns:sec="http://www.sec.co.kr/dlna">smi,DCM10</sec:ProductCap>\r
\t\t<UDN>uuid:00000000-0000-4000-8000-000000000011</UDN>\r
\t\t<dlna:X_DLNADOC xmlns:dlna="urn:schemas-dlna-org:device-1-0">DMS-1.50</dlna:X_DLNADOC>\r
\t\t<presentationURL>/</presentationURL>\r
\t\t<iconList>${icon("image/png", 48, "/icons/sm.png")}</iconList>\r
\t\t<serviceList>${service(`${UPNP}:service:ContentDirectory:1`, "urn:upnp-org:serviceId:ContentDirectory", "/ctl")}</serviceList>\r
\t</device>\r
</root>\r
`,
};

const wanConnection = (version: 1 | 2) => `<deviceList><device>
  <deviceType>${UPNP}:device:WANDevice:${version}</deviceType><friendlyName>WANDevice</friendlyName>
  <manufacturer>Example Gate</manufacturer><modelName>WAN</modelName><UDN>uuid:00000000-0000-4000-8000-0000000000a1</UDN>
  <serviceList>${service(`${UPNP}:service:WANCommonInterfaceConfig:1`, "urn:upnp-org:serviceId:WANCommonIFC1", "/wan")}</serviceList>
  <deviceList><device>
    <deviceType>${UPNP}:device:WANConnectionDevice:${version}</deviceType><friendlyName>WANConnectionDevice</friendlyName>
    <manufacturer>Example Gate</manufacturer><modelName>Connection</modelName><UDN>uuid:00000000-0000-4000-8000-0000000000a2</UDN>
    <serviceList>
      ${service(`${UPNP}:service:WANIPConnection:${version}`, "urn:upnp-org:serviceId:WANIPConn1", "/ip")}
      ${service(`${UPNP}:service:WANIPConnection:${version}`, "urn:upnp-org:serviceId:WANIPConn2", "/ip2")}
    </serviceList>
  </device></deviceList>
</device></deviceList>`;

/** A gateway of UDA 1.0: URLBase after the device, bare ampersand, whitespace around everything. */
const gateway1: DeviceFixture = {
  kind: "IGD v1",
  url: "http://192.0.2.1:5000/rootDesc.xml",
  headers: [["content-type", "text/html"]],
  body: `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major><minor>0</minor></specVersion>
<device><deviceType>
  ${UPNP}:device:InternetGatewayDevice:1
</deviceType><friendlyName>  Wires & Sons router </friendlyName><manufacturer>Wires & Sons</manufacturer>
<modelName>W1</modelName><UDN>uuid:00000000-0000-4000-8000-0000000000a0</UDN>
<serviceList>${service(`${UPNP}:service:Layer3Forwarding:1`, "urn:upnp-org:serviceId:L3Forwarding1", "/l3f")}</serviceList>
${wanConnection(1)}<presentationURL>http://192.0.2.1/</presentationURL></device>
<URLBase>http://192.0.2.1:5431</URLBase></root>\0`,
};

/** A gateway of UDA 1.1: no URLBase, a configId, a specVersion to match. */
const gateway2: DeviceFixture = {
  kind: "IGD v2",
  url: "http://[2001:db8::1]:1900/gate.xml",
  headers: XML,
  body: `<?xml version="1.0" encoding="UTF-8"?><root xmlns="urn:schemas-upnp-org:device-1-0" configId="16777215"><specVersion><major>1</major><minor>1</minor></specVersion><device><deviceType>${UPNP}:device:InternetGatewayDevice:2</deviceType><friendlyName>Gate</friendlyName><manufacturer>Example Gate</manufacturer><modelName>G2</modelName><UDN>uuid:00000000-0000-4000-8000-0000000000b0</UDN><UPC>000000000000</UPC>${wanConnection(2)}</device></root>`,
};

/** A speaker: own elements between those of the standard, an icon with an id, embedded server and renderer. */
const speaker: DeviceFixture = {
  kind: "Sonos",
  url: "http://192.0.2.20:1400/xml/device_description.xml",
  headers: XML,
  body: `<?xml version="1.0" encoding="utf-8" ?>
<root xmlns="urn:schemas-upnp-org:device-1-0">
  <specVersion><major>1</major><minor>0</minor></specVersion>
  <device>
    <deviceType>${UPNP}:device:ZonePlayer:1</deviceType>
    <friendlyName>192.0.2.20 - Example One</friendlyName>
    <manufacturer>Example Sound, Inc.</manufacturer><manufacturerURL>http://www.sound.example</manufacturerURL>
    <modelNumber>S0</modelNumber><modelDescription>Example One</modelDescription><modelName>Example One</modelName>
    <modelURL>http://www.sound.example/one</modelURL><softwareVersion>1.2-34567</softwareVersion><swGen>2</swGen>
    <serialNum>00-00-00-00-00-00:0</serialNum><MACAddress>00:00:00:00:00:00</MACAddress>
    <UDN>uuid:EXAMPLE_000000000001400</UDN>
    <iconList><icon><id>0</id><mimetype>image/png</mimetype><width>48</width><height>48</height><depth>24</depth><url>/img/icon.png</url></icon></iconList>
    <minCompatibleVersion>1.0</minCompatibleVersion><displayVersion>1.2</displayVersion><extraVersion></extraVersion>
    <roomName>Kitchen</roomName><displayName>One</displayName><zoneType>8</zoneType>
    <serviceList>${service(`${UPNP}:service:AlarmClock:1`, "urn:upnp-org:serviceId:AlarmClock", "/AlarmClock")}</serviceList>
    <deviceList>
      <device><deviceType>${UPNP}:device:MediaServer:1</deviceType><friendlyName>Kitchen server</friendlyName><manufacturer>Example Sound, Inc.</manufacturer><modelName>Example One</modelName><UDN>uuid:EXAMPLE_000000000001400_MS</UDN></device>
      <device><deviceType>${UPNP}:device:MediaRenderer:1</deviceType><friendlyName>Kitchen</friendlyName><manufacturer>Example Sound, Inc.</manufacturer><modelName>Example One</modelName><UDN>uuid:EXAMPLE_000000000001400_MR</UDN></device>
    </deviceList>
  </device>
</root>`,
};

/** A television whose prefix is never bound, and whose URLs have no leading slash. */
const television: DeviceFixture = {
  kind: "Samsung",
  url: "http://192.0.2.21:7676/smp_1_",
  headers: [...XML, ["application-url", "http://192.0.2.21:8080/ws/apps/"]],
  body: `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0" xmlns:dlna="urn:schemas-dlna-org:device-1-0"><specVersion><major>1</major><minor>0</minor></specVersion><device><deviceType>urn:dial-multiscreen-org:device:dialreceiver:1</deviceType><friendlyName>[TV] Example 5</friendlyName><manufacturer>Example Electronics</manufacturer><manufacturerURL>http://www.electronics.example/tv</manufacturerURL><modelDescription>Example DTV RCR</modelDescription><modelName>EX55</modelName><modelNumber>1.0</modelNumber><modelURL>http://www.electronics.example/tv</modelURL><serialNumber>20000101</serialNumber><UDN>uuid:00000000-0000-4000-8000-000000000021</UDN><sec:deviceID>000</sec:deviceID><sec:ProductCap>Resolution:1280X720,Tizen</sec:ProductCap><serviceList>${service("urn:samsung.com:service:MultiScreenService:1", "urn:samsung.com:serviceId:MultiScreenService", "/smp_3_")}</serviceList></device></root>`,
};

/** A streaming stick: one service that answers nothing useful, no slash anywhere. */
const stick: DeviceFixture = {
  kind: "Roku",
  url: "http://192.0.2.22:8060/",
  headers: [["content-type", "text/xml; charset=utf-8"]],
  body: `<?xml version="1.0" encoding="UTF-8" ?>
<root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major><minor>0</minor></specVersion><device><deviceType>urn:roku-com:device:player:1-0</deviceType><friendlyName>Attic stick</friendlyName><manufacturer>Example Stream</manufacturer><manufacturerURL>http://www.stream.example/</manufacturerURL><modelDescription>Example Streaming Player</modelDescription><modelName>Stick 2</modelName><modelNumber>0000X</modelNumber><modelURL>http://www.stream.example/</modelURL><serialNumber>X00000000000</serialNumber><UDN>uuid:00000000-0000-4000-8000-000000000022</UDN><iconList>${icon("image/png", 360, "device-image.png")}</iconList><serviceList><service><serviceType>urn:roku-com:service:ecp:1</serviceType><serviceId>urn:roku-com:serviceId:ecp1-0</serviceId><controlURL/><eventSubURL/><SCPDURL>ecp_SCPD.xml</SCPDURL></service></serviceList></device></root>`,
};

/** A lamp bridge: URLBase first, no services at all, a relative presentation page. */
const bridge: DeviceFixture = {
  kind: "Hue",
  url: "http://192.0.2.23:80/description.xml",
  headers: XML,
  body: `<?xml version="1.0" encoding="UTF-8" ?>
<root xmlns="urn:schemas-upnp-org:device-1-0">
<specVersion><major>1</major><minor>0</minor></specVersion>
<URLBase>http://192.0.2.23:80/</URLBase>
<device><deviceType>${UPNP}:device:Basic:1</deviceType><friendlyName>Example lamps (192.0.2.23)</friendlyName><manufacturer>Example Light</manufacturer><manufacturerURL>http://www.light.example</manufacturerURL><modelDescription>Example personal lighting</modelDescription><modelName>Example bridge 2015</modelName><modelNumber>B2</modelNumber><modelURL>http://www.light.example</modelURL><serialNumber>000000000000</serialNumber><UDN>uuid:00000000-0000-4000-8000-000000000023</UDN><presentationURL>index.html</presentationURL><iconList>${icon("image/png", 48, "hue_logo_0.png")}</iconList></device>
</root>`,
};

/** A casting stick: SCPD off the network, `/ssdp/notfound` for everything else. */
const cast: DeviceFixture = {
  kind: "Chromecast",
  url: "http://192.0.2.24:8008/ssdp/device-desc.xml",
  headers: [["application-url", "http://192.0.2.24:8008/apps/"]],
  body: `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major><minor>0</minor></specVersion><URLBase>http://192.0.2.24:8008</URLBase><device><deviceType>urn:dial-multiscreen-org:device:dial:1</deviceType><friendlyName>Guest room</friendlyName><manufacturer>Example Inc.</manufacturer><modelName>Example Dongle</modelName><UDN>uuid:00000000-0000-4000-8000-000000000024</UDN><iconList>${icon("image/png", 98, "/setup/icon.png")}</iconList><serviceList><service><serviceType>urn:dial-multiscreen-org:service:dial:1</serviceType><serviceId>urn:dial-multiscreen-org:serviceId:dial</serviceId><controlURL>/ssdp/notfound</controlURL><eventSubURL>/ssdp/notfound</eventSubURL><SCPDURL>http://www.cloud.example/cast</SCPDURL></service></serviceList></device></root>`,
};

/** A console: no icons, empty elements, a name with an apostrophe. */
const gameConsole: DeviceFixture = {
  kind: "Xbox",
  url: "http://192.0.2.25:2869/upnphost/udhisapi.dll?content=uuid:00000000-0000-4000-8000-000000000025",
  headers: XML,
  body: `<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0" xmlns:ms=" urn:microsoft-com:wmc-1-0">
<specVersion><major>1</major><minor>0</minor></specVersion>
<device ms:X_MS_SupportsWMDRM="true"><deviceType>${UPNP}:device:MediaRenderer:1</deviceType><friendlyName>Sam's console</friendlyName><modelName>Example Console</modelName><modelDescription>Digital Media Renderer</modelDescription><manufacturer>Example Games</manufacturer><manufacturerURL></manufacturerURL><modelURL/><modelNumber>0.0</modelNumber><UDN>uuid:00000000-0000-4000-8000-000000000025</UDN><serviceList>${service(`${UPNP}:service:ConnectionManager:1`, "urn:upnp-org:serviceId:ConnectionManager", "udhisapi.dll?control=cm")}</serviceList></device></root>`,
};

/** A storage box: its own host name where a person would go, elements in an order of its own. */
const storage: DeviceFixture = {
  kind: "Synology",
  url: "http://192.0.2.26:5000/ssdp/desc-eth0.xml",
  headers: [],
  body: `<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0">
<device><UDN>uuid:00000000-0000-4000-8000-000000000026</UDN><serialNumber>0000XXX000000</serialNumber><modelName>EX 2</modelName><modelNumber>EX 2 0-0</modelNumber><modelDescription>Example NAS</modelDescription><manufacturer>Example Storage</manufacturer><friendlyName>cellar (EX 2)</friendlyName><presentationURL>http://cellar:5000</presentationURL><deviceType>${UPNP}:device:Basic:1</deviceType><iconList>${icon("image/jpeg", 120, "/ssdp/120.jpg")}</iconList><serviceList><service><SCPDURL>/ssdp/d.xml</SCPDURL><controlURL>/c</controlURL><eventSubURL>/e</eventSubURL><serviceId>urn:schemas-dummy-com:serviceId:dummy1</serviceId><serviceType>urn:schemas-dummy-com:service:Dummy:1</serviceType></service></serviceList></device>
<specVersion><major>1</major><minor>0</minor></specVersion>
</root>`,
};

export const deviceFixtures: readonly DeviceFixture[] = [
  renderer,
  server,
  gateway1,
  gateway2,
  speaker,
  television,
  stick,
  bridge,
  cast,
  gameConsole,
  storage,
];
