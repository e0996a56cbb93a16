import { expect, test } from "vitest";
import { ClaimsRig, ETH, Offer, printer, WIFI, said, ptr } from "./claims-rig.ts";
test("perf", () => {
  const rig = new ClaimsRig({ links: [ETH, WIFI] });
  rig.ground.send = () => void (rig as any).n++;
  let t = performance.now();
  const lap = (w: string) => { console.log(w, Math.round(performance.now() - t)); t = performance.now(); };
  const ids = Array.from({ length: 3000 }, (_, at) => rig.publish(new Offer(printer(`P ${at}`, at))));
  lap("publish 3000");
  rig.advance(5000);
  lap("advance");
  expect([...rig.own.on(ETH.id)].length).toBe(9001);
  rig.relink([ETH, WIFI], true); lap("resume");
  rig.advance(10000); lap("advance");
  for (let i = 0; i < 1000; i++) rig.hear([said(ptr())]);
  lap("hear 1000");
  for (const id of ids) rig.withdraw(id);
  lap("withdraw");
}, 60000);
