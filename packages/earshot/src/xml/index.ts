/** What the folder shows its neighbours: XML read within limits, and XML written. */
export type { XmlDeviationCode } from "./deviation.ts";
export type { XmlDocument, XmlElement } from "./element.ts";
export type { XmlLimits } from "./limits.ts";
export { type ReadXmlOptions, readXml } from "./read.ts";
export { escapeXml, writeXml, type XmlOutput } from "./write.ts";
