import dgram from "node:dgram";
import { EventEmitter } from "node:events";
import os from "node:os";
import achingbrainSsdp from "@achingbrain/ssdp";
import { parseMessage } from "earshot/ssdp";
import nodeSsdp from "node-ssdp";
import peerSsdp from "peer-ssdp";

/** What a program that keeps track of devices reads of each message. */
const EIGHT = ["USN", "NT", "ST", "NTS", "LOCATION", "CACHE-CONTROL", "SERVER", "BOOTID.UPNP.ORG"];

/**
 * The parsers in the race: each takes the bytes of a datagram and gives its headers' USN, or ST for a search; afterwards
 * every header can be had. The peers keep their parsers inside; what is measured there is the shortest way that a datagram
 * can be put in and the headers come out, in an object, an event of an emitter included. Nothing is sent.
 */
export const parsers = [
  { name: "earshot, one header read", parse: earshot },
  { name: "earshot, eight headers read", parse: earshotEight },
  { name: "earshot, every header in a map", parse: earshotEvery },
  { name: "node-ssdp", isPeer: true, parse: viaNodeSsdp() },
  { name: "peer-ssdp", isPeer: true, parse: viaPeerSsdp() },
  { name: "@achingbrain/ssdp", isPeer: true, parse: await viaAchingbrain() },
];

function earshot(bytes) {
  const { headers } = parseMessage(bytes);
  return headers.get("USN") ?? headers.get("ST");
}

function earshotEight(bytes) {
  const { headers } = parseMessage(bytes);
  let usn;
  for (const name of EIGHT) {
    const value = headers.get(name);
    if (name === "USN" || (name === "ST" && usn === undefined)) usn = value;
  }
  return usn;
}

/** As the peers do: every header cut out and put in a map, whether or not anybody asks for it. */
function earshotEvery(bytes) {
  const headers = parseMessage(bytes).headers.toMap();
  return headers.get("USN") ?? headers.get("ST");
}

function viaNodeSsdp() {
  const client = new nodeSsdp.Client();
  const from = { address: "192.168.1.1", port: 1900 };
  let heard;
  const keep = (headers) => {
    heard = headers.USN;
  };
  client.on("advertise-alive", keep);
  client.on("response", keep);
  client._respondToSearch = (target) => {
    heard = target;
  };
  return (bytes) => {
    client._parseMessage(bytes, from);
    return heard;
  };
}

/** The peer's parser is reached by its sockets alone: it gets sockets that are none. */
function viaPeerSsdp() {
  const { createSocket } = dgram;
  const { networkInterfaces } = os;
  const sockets = [];
  dgram.createSocket = () => {
    const socket = Object.assign(new EventEmitter(), { bind() {}, close() {} });
    sockets.push(socket);
    return socket;
  };
  os.networkInterfaces = () => ({ none: [{ family: "IPv4", address: "192.168.1.2", internal: false }] });
  const peer = peerSsdp.createPeer().start();
  dgram.createSocket = createSocket;
  os.networkInterfaces = networkInterfaces;
  peer.stopInterfaceDisco();
  let heard;
  for (const event of ["notify", "found", "search"])
    peer.on(event, (headers) => {
      heard = headers.USN ?? headers.ST;
    });
  const from = { address: "192.168.1.1", port: 1900 };
  return (bytes) => {
    sockets[0].emit("message", bytes, from);
    return heard;
  };
}

/** Its parser comes with a socket: on loopback, in no group, and closed at once. */
async function viaAchingbrain() {
  const bus = await achingbrainSsdp({
    sockets: [{ bind: { address: "127.0.0.1", port: 0 }, broadcast: { address: null } }],
  });
  await bus.stop();
  let heard;
  for (const event of ["ssdp:notify", "ssdp:search-response", "ssdp:m-search"]) {
    bus.removeAllListeners(event); // It would fetch the description.
    bus.on(event, (headers) => {
      heard = headers.USN ?? headers.ST;
    });
  }
  const from = { address: "192.168.1.1", port: 1900 };
  return (bytes) => {
    bus.emit("transport:incoming-message", bytes, from);
    return heard;
  };
}
