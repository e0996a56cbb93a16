/** B-50 to B-52: phase III. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { decodeMessage, encodeMessage, TYPE } from "earshot/mdns";
import { ADDRESSES, INTERFACE } from "../lab/cable.js";
import { ASK_TYPE, ask, question, recordsOf } from "./asking.js";
import { fail, pass, warn } from "./judging.js";
import { tell } from "./probing.js";
import { CHATTER_PER_HOUR } from "./thresholds.js";

const LEGACY_ID = 4711;

export const network = {
  async unicast(lab) {
    await lab.startSettled();
    const { ptr, srv } = recordsOf(lab);
    if (!srv) return tell(lab, "B-50", fail("no service was announced"));
    const type = lab.family === 4 ? TYPE.A : TYPE.AAAA;
    const answers = await ask(lab, { questions: [question(srv.data.target, type)] });
    const found = answers.flatMap(({ message }) => message.answers).find((record) => record.type === type);
    tell(lab, "B-50", await judgeConnection(lab, found?.data.address, srv.data.port));
    tell(lab, "B-51", judgeLegacy(await askAsLegacy(lab, ASK_TYPE), ptr));
    tell(lab, "B-51", judgeLegacy(await askAsLegacy(lab, question(srv.name, TYPE.SRV)), srv));
    await lab.asked(() => wait(1200));
  },

  async alone(lab) {
    await lab.startSettled();
    await lab.peer.quiet(5000);
    const { aloneMs } = lab.effort;
    const packets = await lab.stage(() => wait(aloneMs));
    const count = packets.filter(({ isOurs }) => !isOurs).length;
    const said = `${count} packets in ${aloneMs / 1000} s alone`;
    const allowed = Math.ceil((CHATTER_PER_HOUR * aloneMs) / 3_600_000);
    if (count === 0) tell(lab, "B-52", pass(said));
    else tell(lab, "B-52", count > allowed ? fail(said) : warn(said));
  },
};

async function judgeConnection(lab, address, port) {
  if (address !== ADDRESSES.device[lab.family])
    return fail(`the target's address is ${address ?? "not told"}`);
  const socket = connect({ port, host: address.startsWith("fe80:") ? `${address}%${INTERFACE}` : address });
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(3000) });
    return pass("its target and port accept connections");
  } catch (error) {
    return fail(`no connection to ${address} port ${port}: ${error.message}`);
  } finally {
    socket.destroy();
  }
}

/** Asks from a port of its own, as those do who are no mDNS queriers; returns the answers by unicast. */
async function askAsLegacy(lab, asked) {
  const socket = createSocket(lab.family === 4 ? "udp4" : "udp6");
  const answers = [];
  socket.on("message", (bytes) => answers.push(decodeMessage(bytes)));
  socket.bind(0);
  await once(socket, "listening");
  socket.setMulticastInterface(lab.family === 4 ? ADDRESSES.tester[4] : `::%${INTERFACE}`);
  socket.setMulticastTTL(255);
  socket.send(encodeMessage({ kind: "query", id: LEGACY_ID, questions: [asked] }), 5353, lab.peer.group);
  await wait(1000);
  socket.close();
  return answers;
}

function judgeLegacy(answers, record) {
  const answer = answers.find(({ kind }) => kind === "response");
  if (!answer) return fail("a plain resolver gets no answer");
  const all = [...answer.answers, ...answer.authorities, ...answer.additionals];
  if (all.some(({ flush }) => flush)) return fail("cache-flush bit in an answer to a plain resolver");
  const isWhole =
    answer.id === LEGACY_ID &&
    answer.questions.length === 1 &&
    answer.answers.some(({ type, name }) => type === record.type && name.equals(record.name)) &&
    all.every(({ ttl }) => ttl <= 10);
  if (isWhole) return pass("plain resolvers are answered without it");
  return warn("the answer to a plain resolver lacks its id, its question or a short TTL");
}
