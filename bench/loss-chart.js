const WIDTH = 720;
const HEIGHT = 400;
const LEFT = 56;
const RIGHT = 96;
const TOP = 24;
const BOTTOM = 48;
/** Seconds at the ends of the axis, which is logarithmic. */
const FIRST = 0.1;
const LAST = 80;
const LEAST = 0.4;
/** Told apart by lightness, too, for who sees no colours. */
const COLOURS = ["#0b6e4f", "#1f77b4", "#8a5a00", "#b3261e"];

/**
 * A chart of shares over time, as SVG.
 * @param {{ label: string, steps: [number, number][], theory: [number, number][] }[]} curves seconds and shares; `steps`
 * are measured and drawn as a line, `theory` as circles.
 */
export function lossChart(curves) {
  const parts = [...grid(), ...curves.flatMap((curve, i) => drawn(curve, COLOURS[i % COLOURS.length]))];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<title>Share of the services that are found, by time and loss</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>
${parts.join("\n")}
</svg>
`;
}

function grid() {
  const shares = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1].flatMap((share) => [
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(share)}" y2="${y(share)}" stroke="#dddddd"/>`,
    `<text x="${LEFT - 8}" y="${y(share) + 4}" text-anchor="end" fill="#444444">${100 * share} %</text>`,
  ]);
  const seconds = [0.1, 1, 3, 7, 15, 31, 63].flatMap((at) => [
    `<line x1="${x(at)}" x2="${x(at)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}" stroke="#eeeeee"/>`,
    `<text x="${x(at)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle" fill="#444444">${at}</text>`,
  ]);
  const about = `seconds since the first query, which others follow at 1, 3, 7, 15, 31, 63; circles: as many as can be found`;
  return [...shares, ...seconds, `<text x="${LEFT}" y="${HEIGHT - 8}" fill="#444444">${about}</text>`];
}

function drawn({ label, steps, theory }, colour) {
  const corners = [];
  let last = [FIRST, 0];
  for (const point of thinned(steps)) {
    corners.push([point[0], last[1]], point);
    last = point;
  }
  corners.push([LAST, last[1]]);
  const inside = corners.filter(([, share]) => share >= LEAST);
  const path = inside.map(([at, share], i) => `${i === 0 ? "M" : "L"}${x(at)} ${y(share)}`).join("");
  const circles = theory
    .filter(([, share]) => share >= LEAST)
    .map(([at, share]) => `<circle cx="${x(at)}" cy="${y(share)}" r="4" fill="none" stroke="${colour}"/>`);
  const first = inside.find(([at]) => at >= 0.2) ?? [FIRST, 1];
  return [
    `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>`,
    ...circles,
    `<text x="${x(0.24)}" y="${y(first[1]) - 6}" fill="${colour}">${label}</text>`,
  ];
}

/** Of thousands of steps those that can be seen. */
function thinned(steps) {
  return steps.filter(([, share], i) => {
    const before = steps[i - 1]?.[1] ?? 0;
    return i === steps.length - 1 || Math.floor(share * 500) > Math.floor(before * 500);
  });
}

function x(seconds) {
  const share = Math.log(Math.max(seconds, FIRST) / FIRST) / Math.log(LAST / FIRST);
  return round(LEFT + share * (WIDTH - LEFT - RIGHT));
}

function y(share) {
  return round(TOP + ((1 - share) / (1 - LEAST)) * (HEIGHT - TOP - BOTTOM));
}

function round(value) {
  return Math.round(10 * value) / 10;
}
