/**
 * A device description (UDA 1.1 §2.3) as values. Whatever a description leaves out or gets wrong is `undefined` or
 * empty here: real devices forget every element there is. All text is untrusted.
 */

/** One description document: the root device, and how to read what it says. */
export interface Description {
  /** Where it was read: the LOCATION that was fetched. */
  readonly url: string;
  /** What relative URLs in it are resolved against: URLBase where that may be used, else `url`. */
  readonly base: string;
  /** The `configId` attribute of the root element. */
  readonly configId: number | undefined;
  readonly specVersion: { readonly major: number; readonly minor: number } | undefined;
  readonly device: DescribedDevice;
  /** Headers of the HTTP response it came with, names in lower case (DIAL's `application-url` is one). */
  readonly headers: ReadonlyMap<string, string>;
  /** How it deviates from the standard, in the order found. */
  readonly violations: readonly DescriptionViolation[];
}

/** A root device or an embedded device. URLs are absolute; those that cannot be used are `undefined`. */
export interface DescribedDevice {
  /** `uuid:…`, as written. */
  readonly udn: string | undefined;
  readonly deviceType: string | undefined;
  readonly friendlyName: string | undefined;
  readonly manufacturer: string | undefined;
  readonly manufacturerUrl: string | undefined;
  readonly modelDescription: string | undefined;
  readonly modelName: string | undefined;
  readonly modelNumber: string | undefined;
  readonly modelUrl: string | undefined;
  readonly serialNumber: string | undefined;
  readonly upc: string | undefined;
  /** Only ever `http:` or `https:`. */
  readonly presentationUrl: string | undefined;
  readonly icons: readonly DescribedIcon[];
  readonly services: readonly DescribedService[];
  /** Embedded devices. */
  readonly devices: readonly DescribedDevice[];
}

export interface DescribedIcon {
  readonly mimeType: string | undefined;
  /** Pixels. */
  readonly width: number | undefined;
  readonly height: number | undefined;
  /** Bits per pixel. */
  readonly depth: number | undefined;
  readonly url: string | undefined;
}

export interface DescribedService {
  readonly serviceType: string | undefined;
  readonly serviceId: string | undefined;
  readonly scpdUrl: string | undefined;
  readonly controlUrl: string | undefined;
  readonly eventSubUrl: string | undefined;
}

/** A deviation from the standard that was lived with. `detail`: the element concerned, or what was wrong. */
export interface DescriptionViolation {
  readonly code: string;
  readonly detail?: string;
}

/** All devices of a description, the root first, then the embedded ones depth first. */
export function* devicesOf(device: DescribedDevice): Iterable<DescribedDevice> {
  yield device;
  for (const embedded of device.devices) yield* devicesOf(embedded);
}
