/** What the folder shows its neighbours: device descriptions, read and served. */
export {
  type DescribedDevice,
  type DescribedIcon,
  type DescribedService,
  type Description,
  type DescriptionViolation,
  devicesOf,
} from "./description.ts";
export type { OfferedDescription, OfferedFile, OfferedIcon } from "./offered.ts";
