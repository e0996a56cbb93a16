export { type CapturedDatagram, pcapHeader, pcapRecord, readPcap, writePcap } from "./pcap.ts";
