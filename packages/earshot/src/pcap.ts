/** Captures of datagrams as files that Wireshark and tcpdump read and write: whole ones, and piece by piece. */
export {
  type CapturedDatagram,
  pcapHeader,
  pcapRecord,
  readPcap,
  writePcap,
} from "./pcap/index.ts";
