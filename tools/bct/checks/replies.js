/** B-24 to B-33, and B-43 as far as it concerns questions: how the device answers. */
import { setTimeout as wait } from "node:timers/promises";
import { rdataOf, TYPE } from "earshot/mdns";
import { ADDRESSES } from "../lab/cable.js";
import { inOtherCase, META_NAME, OFFER, TYPE_NAME } from "../lab/names.js";
import {
  ASK_META,
  ASK_TYPE,
  ask,
  askOften,
  has,
  known,
  question,
  recordsOf,
  sameAs,
  strangers,
} from "./asking.js";
import { fail, pass, warn } from "./judging.js";
import { tell } from "./probing.js";
import { chiSquare, median, parts, spread } from "./statistics.js";
import * as limits from "./thresholds.js";

/** Section 6: known answers that follow are waited for up to half a second. */
const FOLLOWING_MS = 1100;
const AGGREGATIONS = 5;

export const replies = {
  async unique(lab) {
    const own = await ready(lab);
    if (!own) return;
    const isHost = sameAs(own.address);
    const { name, type } = own.address;
    const answers = await askOften(lab, { questions: [question(name, type)] }, lab.effort.simple, isHost);
    tell(lab, "B-24", judgeUniqueTimes(answers));
    tell(lab, "B-25", ...(await verify(lab, own, (each) => each)));
    tell(lab, "B-43", ...(await verify(lab, own, inOtherCase)));
  },

  async shared(lab) {
    const own = await ready(lab);
    if (!own) return;
    const answers = await askOften(lab, { questions: [ASK_TYPE] }, lab.effort.shared, sameAs(own.ptr));
    tell(lab, "B-26", judgeSharedTimes(answers));
    tell(lab, "B-27", judgeSpread(answers));
  },

  async several(lab) {
    const own = await ready(lab);
    if (!own) return;
    const questions = [ASK_TYPE, ASK_META, ...strangers(2)];
    const answers = await askOften(lab, { questions }, lab.effort.several, sameAs(own.ptr));
    tell(lab, "B-30", judgeSharedTimes(answers), judgeSpread(answers));
  },

  async suppression(lab) {
    const own = await ready(lab);
    if (!own) return;
    const one = [own.ptr];
    const many = [own.ptr, own.srv, own.txt, own.address];
    const crowd = [...many.map(({ name, type }) => question(name, type)), ...strangers(28)];
    tell(lab, "B-28", ...(await suppressed(lab, [ASK_TYPE], one)));
    tell(lab, "B-29", ...(await suppressedLater(lab, [ASK_TYPE], one)));
    tell(lab, "B-31", ...(await suppressed(lab, crowd, many)));
    tell(lab, "B-32", ...(await suppressedLater(lab, crowd, many)));
    const turned = own.ptr && [{ ...own.ptr, name: inOtherCase(own.ptr.name) }];
    tell(lab, "B-43", ...(await suppressed(lab, [question(turned[0].name, TYPE.PTR)], turned)));
  },

  async aggregation(lab) {
    if (!(await ready(lab))) return;
    const rounds = [];
    for (let round = 0; round < AGGREGATIONS; round++) rounds.push(await backToBack(lab));
    const whole = rounds.filter((count) => count === 1).length;
    const said = `${whole} of ${AGGREGATIONS} pairs of queries got one message`;
    if (whole === AGGREGATIONS) tell(lab, "B-33", pass(said));
    else tell(lab, "B-33", whole === 0 ? fail(said) : warn(said));
  },
};

/** The device, announced, and its records; a device that announces nothing fails every row of its own accord. */
async function ready(lab) {
  await lab.startSettled();
  const own = recordsOf(lab);
  if (own.ptr && own.srv && own.txt && own.address) return own;
  for (const row of ["B-24", "B-25", "B-26", "B-27", "B-28", "B-29", "B-30", "B-31", "B-32", "B-33"])
    tell(lab, row, fail("its records were never announced"));
  return undefined;
}

function judgeUniqueTimes(answers) {
  const times = answers.flatMap((answer) => answer?.after ?? []);
  if (times.length < answers.length) return fail(`${answers.length - times.length} questions without answer`);
  const said = spread(times);
  if (Math.max(...times) > limits.UNIQUE_REPLY.never) return fail(said);
  return median(times) > limits.UNIQUE_REPLY.most ? warn(said) : pass(said);
}

function judgeSharedTimes(answers) {
  const times = answers.flatMap((answer) => answer?.after ?? []);
  if (times.length < answers.length)
    return fail(`${answers.length - times.length} of ${answers.length} questions without answer`);
  const { least, most, tooEarly, never } = limits.SHARED_REPLY;
  const said = spread(times);
  if (times.some((time) => time < tooEarly || time > never)) return fail(said);
  const late = times.filter((time) => time > most).length;
  const isLate = late > times.length * limits.LATE_SHARE;
  return isLate || times.some((time) => time < least) ? warn(said) : pass(said);
}

function judgeSpread(answers) {
  const times = answers.flatMap((answer) => answer?.after ?? []);
  if (times.length === 0) return fail("no answers");
  const said = `quarters ${parts(times, 4).join("/")}, chi-square ${chiSquare(times).toFixed(1)}`;
  if (Math.max(...parts(times, 10)) === times.length) return fail(`${said}, all in one tenth`);
  return chiSquare(times) > limits.CHI_SQUARE_QUARTERS ? warn(said) : pass(said);
}

/** Each record asked for by its type and by ANY, under its name or a variant of it. */
async function verify(lab, own, variant) {
  const srvFriends = (answer) => includes(answer, own.address);
  const ptrFriends = (answer) => includes(answer, own.srv) && includes(answer, own.txt) && srvFriends(answer);
  const judgements = [];
  for (const [label, record, isComplete] of [
    ["address", own.address, () => true],
    ["SRV", own.srv, srvFriends],
    ["TXT", own.txt, () => true],
    ["PTR", own.ptr, ptrFriends],
  ])
    for (const type of [record.type, TYPE.ANY]) {
      const answers = await ask(lab, { questions: [question(variant(record.name), type)] });
      const words = type === TYPE.ANY ? `${label} by ANY` : label;
      judgements.push(judgeAnswer(words, answers, record, isComplete));
    }
  return [...judgements, judgeContent(lab, own)];
}

function judgeAnswer(label, answers, record, isComplete) {
  const answer = answers.find((each) => has(each, sameAs(record)));
  if (!answer) return fail(`${label}: no answer`);
  const found = answer.message.answers.find(sameAs(record));
  if (found.flush === (record.type === TYPE.PTR)) return fail(`${label}: wrong cache-flush bit`);
  return isComplete(answer)
    ? pass("answers right and complete")
    : fail(`${label}: additional records missing`);
}

/** Whether what it says is true. */
function judgeContent(lab, { srv, txt, address }) {
  const said = Buffer.from(rdataOf(txt.data, TYPE.TXT)).subarray(1).toString();
  const wrong = [
    srv.data.port !== OFFER.port && `port ${srv.data.port}`,
    !srv.data.target.equals(address.name) && `target ${srv.data.target}`,
    !said.includes(OFFER.txt[0]) && `TXT ${JSON.stringify(said)}`,
    address.data.address !== ADDRESSES.device[lab.family] && `address ${address.data.address}`,
  ].filter(Boolean);
  return wrong.length > 0 ? fail(`wrong data: ${wrong.join(", ")}`) : pass("answers right and complete");
}

function includes({ message }, record) {
  return [...message.answers, ...message.additionals].some(sameAs(record));
}

/** Known answers with their full life silence the device, with less than half of it they do not. */
async function suppressed(lab, questions, records) {
  const fresh = await ask(lab, { questions, answers: records.map((record) => known(record, 1)) });
  const old = await ask(lab, { questions, answers: records.map((record) => known(record, 0.4)) });
  const silenced = records.filter((record) => !fresh.some((answer) => has(answer, sameAs(record))));
  const answered = records.filter((record) => old.some((answer) => has(answer, sameAs(record))));
  const all = records.length;
  const said = `${silenced.length} of ${all} known answers heeded, ${answered.length} of ${all} old ones answered`;
  return [silenced.length === all && answered.length === all ? pass(said) : fail(said)];
}

/** The same, the known answers coming in a second message right behind the first; alone, the first is answered. */
async function suppressedLater(lab, questions, records) {
  const packets = await lab.asked(async () => {
    await lab.peer.quiet(1150, 5000);
    await lab.peer.say({ kind: "query", questions, truncated: true });
    await wait(5);
    await lab.peer.say({ kind: "query", answers: records.map((record) => known(record, 1)) });
    await wait(FOLLOWING_MS);
  });
  const answers = packets.filter(({ isOurs, message }) => !isOurs && message.kind === "response");
  const silenced = records.filter((record) => !answers.some((answer) => has(answer, sameAs(record))));
  const alone = await ask(lab, { questions, truncated: true }, { forMs: FOLLOWING_MS });
  const answered = records.filter((record) => alone.some((answer) => has(answer, sameAs(record))));
  const heeded = `${silenced.length} of ${records.length} known answers heeded that followed`;
  const unasked = `${answered.length} of ${records.length} questions answered that none followed`;
  return [
    silenced.length === records.length ? pass(heeded) : fail(heeded),
    // Apple's test does not look at that.
    answered.length === records.length ? pass(unasked) : warn(unasked),
  ];
}

/** How many messages answer two queries for two shared records, one right behind the other; 9 when not both are answered. */
async function backToBack(lab) {
  const packets = await lab.asked(async () => {
    await lab.peer.quiet(1150, 5000);
    await Promise.all([ASK_TYPE, ASK_META].map((each) => lab.peer.say({ kind: "query", questions: [each] })));
    await wait(900);
  });
  const answers = packets.filter(({ isOurs, message }) => !isOurs && message.kind === "response");
  const isPtrOf = (name) => (record) => record.type === TYPE.PTR && record.name.equals(name);
  const relevant = answers.filter((each) => has(each, isPtrOf(TYPE_NAME)) || has(each, isPtrOf(META_NAME)));
  const both = [TYPE_NAME, META_NAME].every((name) => relevant.some((each) => has(each, isPtrOf(name))));
  return both ? relevant.length : 9;
}
