/** What the folder shows its neighbours: device descriptions, read and served. */
export { Describer, type Following, loadDescriptionReader, type Source } from "./describer.ts";
export {
  type DescribedDevice,
  type DescribedIcon,
  type DescribedService,
  type Description,
  type DescriptionViolation,
  devicesOf,
} from "./description.ts";
export type { Edition, Outcome } from "./document.ts";
export { type FetchTarget, repairedUrl, whyNotFetched } from "./fetch-target.ts";
export { Fetcher, type FetcherParts, type FetchOptions } from "./fetcher.ts";
export { type DeviceToHost, type HostedDocuments, hostDevice } from "./host-device.ts";
export { hostingHandler } from "./hosting.ts";
export type { OfferedDescription, OfferedFile, OfferedIcon } from "./offered.ts";
export type { DescriptionContext } from "./read-description.ts";
export type { ServedDevice, ServedIcon, ServedService } from "./served-device.ts";
export { typeName } from "./service-names.ts";
export {
  type SpecVersion,
  type WriteDescriptionOptions,
  writeDescription,
  writeEmptyScpd,
} from "./write-description.ts";
