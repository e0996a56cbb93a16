export { compareRecords, rdataOf, sameData } from "../record-data.ts";
