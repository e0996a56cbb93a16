import dgram from "node:dgram";
import { EventEmitter } from "node:events";
import os from "node:os";
import { parseMessage } from "earshot/ssdp";
import nodeSsdp from "node-ssdp";
import peerSsdp from "peer-ssdp";

/**
 * The parsers in the race: each takes the bytes of a datagram and gives its headers' USN, or ST for a search. The
 * peers keep their parsers inside; what is measured there is the shortest way that a datagram can be put in and the
 * headers come out, an event of an emitter included. No socket is opened.
 */
export const parsers = [
  { name: "earshot", parse: earshot },
  { name: "earshot, every header", parse: earshotEvery },
  { name: "node-ssdp", parse: viaNodeSsdp() },
  { name: "peer-ssdp", parse: viaPeerSsdp() },
];

function earshot(bytes) {
  const { headers } = parseMessage(bytes);
  return headers.get("USN") ?? headers.get("ST");
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
