const ETHERNET_BYTES = 14;
const UDP = 17;

/** What an Ethernet frame carries: a UDP datagram over IPv4 or IPv6, with its TTL or hop limit; nothing for all else. */
export function readFrame(frame) {
  if (frame.length < ETHERNET_BYTES) return undefined;
  const type = frame.readUInt16BE(12);
  const packet = frame.subarray(ETHERNET_BYTES);
  if (type === 0x0800) return readIpv4(packet);
  return type === 0x86dd ? readIpv6(packet) : undefined;
}

function readIpv4(packet) {
  if (packet.length < 20 || packet[9] !== UDP) return undefined;
  const bytes = (packet[0] & 15) * 4;
  const address = (at) => packet.subarray(at, at + 4).join(".");
  return withUdp({ ttl: packet[8], from: address(12), to: address(16) }, packet.subarray(bytes));
}

function readIpv6(packet) {
  if (packet.length < 40 || packet[6] !== UDP) return undefined;
  return withUdp({ ttl: packet[7], from: ipv6(packet, 8), to: ipv6(packet, 24) }, packet.subarray(40));
}

function withUdp(ip, udp) {
  if (udp.length < 8) return undefined;
  const bytes = Buffer.from(udp.subarray(8, udp.readUInt16BE(4)));
  return { ...ip, fromPort: udp.readUInt16BE(0), toPort: udp.readUInt16BE(2), bytes };
}

/** As URL has it, which is canonical. */
function ipv6(packet, at) {
  const groups = Array.from({ length: 8 }, (_, index) => packet.readUInt16BE(at + 2 * index).toString(16));
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
