// How much of a network is found by mDNS where packets are lost, beside what can be found at all. Usage: node mdns-loss.js
// [TRIALS]. It plays in virtual time on the simulated LAN, from fixed seeds, and writes ../docs/conformance/loss.md and
// loss.svg.
import { mkdirSync, writeFileSync } from "node:fs";
import { Earshot } from "earshot";
import { Lan } from "earshot/testing";
import { number, table } from "./harness.js";
import { lossChart } from "./loss-chart.js";

const TRIALS = Number(process.argv[2] ?? 4000);
const SEED = 1;
const TYPE = "_loss._tcp";
/** Hosts on one LAN. What reaches one is drawn for each by itself: each is a trial of its own. */
const HOSTS = 20;
const SETTLED_MS = 200_000;
const LOSSES = [0.01, 0.1, 0.2, 0.3];
/** When so many queries have been asked, and answered. */
const QUERIES = [
  [1500, 2],
  [15_500, 5],
  [63_500, 7],
];
const ANNOUNCEMENTS = [2, 3, 8];
const folder = new URL("../docs/conformance/", import.meta.url);

const asked = [];
for (const loss of LOSSES) asked.push({ loss, times: await trials(loss, 2, false) });
const heard = [];
for (const loss of LOSSES)
  for (const announcements of ANNOUNCEMENTS)
    heard.push({ loss, announcements, times: await trials(loss, announcements, true) });
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("loss.svg", folder), lossChart(asked.map(curve)));
writeFileSync(new URL("loss.md", folder), page());
console.log(page());

/** When each service was found, in ms since the browsing began. */
async function trials(loss, announcements, passive) {
  const times = [];
  for (let run = 0; run * HOSTS < TRIALS; run++) {
    const lan = new Lan({ seed: SEED + run });
    const spoken = { protocols: ["dns-sd"], mdns: { announcements } };
    const hosts = Array.from({ length: HOSTS }, (_, i) => {
      const network = lan.addHost(`host-${i}`, { addresses: [`10.0.1.${i + 1}/16`] });
      return new Earshot({ network, ...spoken });
    });
    const listener = lan.addHost("listener", { addresses: ["10.0.0.1/16"] });
    const laptop = new Earshot({ network: listener, ...spoken });
    const advertise = () =>
      lan.until(
        Promise.all(hosts.map((host, i) => host.advertise({ type: TYPE, name: `Host ${i}`, port: 1 }))),
      );
    if (!passive) {
      await advertise();
      lan.advance(SETTLED_MS);
    }
    lan.weather.change({ loss });
    const began = lan.now;
    const met = new Set(); // Who only listens loses what runs out, and may hear it again.
    laptop.browse(TYPE, { passive }).on("found", ({ service: { id } }) => {
      if (!met.has(id)) times.push(lan.now - began);
      met.add(id);
    });
    if (passive) await advertise();
    lan.advance(passive ? SETTLED_MS : 64_000);
  }
  return times.sort((a, b) => a - b);
}

function curve({ loss, times }) {
  const theory = [1, 2, 3, 4, 5, 6, 7].map((n) => [2 ** (n - 1) - 1 + 0.2, byAsking(loss, n)]);
  return {
    label: `${percent(loss, 0)} lost`,
    steps: times.map((ms, i) => [ms / 1000, (i + 1) / TRIALS]),
    theory,
  };
}

function byAsking(loss, queries) {
  return 1 - (1 - (1 - loss) ** 2) ** queries;
}

function page() {
  const asking = [
    ["lost", "after", "queries", "found", "theory", "short by, in standard errors"],
    ...asked.flatMap(({ loss, times }) =>
      QUERIES.map(([ms, queries]) => {
        const share = times.filter((at) => at <= ms).length / TRIALS;
        return [
          percent(loss, 0),
          `${ms / 1000} s`,
          `${queries}`,
          ...compared(share, byAsking(loss, queries)),
        ];
      }),
    ),
  ];
  const listening = [
    ["lost", "announcements", "heard", "theory", "short by, in standard errors"],
    ...heard.map(({ loss, announcements, times }) => [
      percent(loss, 0),
      `${announcements}`,
      ...compared(times.length / TRIALS, 1 - loss ** announcements),
    ]),
  ];
  return `# mDNS where packets are lost

Made by \`node bench/mdns-loss.js\` on the simulated LAN, in virtual time: ${number(TRIALS)} hosts for each figure, from seed
${SEED} on. Each datagram is lost on its way to each receiver by itself.

## Found by asking

A browser asks at 0, 1, 3, 7, 15, 31 and 63 seconds, as RFC 6762 §5.2 has it, for hosts that announced themselves long ago. A
query and its answer both arrive with (1-p)², so that of n queries 1-(1-(1-p)²)ⁿ of the hosts can be found, and no more.

![Share of the services that are found, by time and loss](loss.svg)

${table(asking)}

## Heard without asking

A browser asks nothing, and the hosts announce themselves. Of k announcements 1-pᵏ can hear one. Three are the default, at 0,
1 and 3 seconds; 2 to 8 can be chosen.

${table(listening)}
`;
}

function compared(share, theory) {
  const error = Math.sqrt((theory * (1 - theory)) / TRIALS);
  const short = theory - share <= 0 ? "0" : ((theory - share) / Math.max(error, 1 / TRIALS)).toFixed(1);
  return [percent(share, 2), percent(theory, 2), short];
}

function percent(share, digits) {
  return `${(100 * share).toFixed(digits)} %`;
}
