/**
 * A device tree with everything decided that its description says: what `writeDescription` takes. Whoever serves it
 * makes it from the offer (types and UDNs of a `DeviceNode`, texts of an `OfferedDescription`) and from the paths under
 * which the other documents are served. URLs are best relative, such as `/scpd/1.xml`: then the description is the same
 * on every interface.
 */
export interface ServedDevice {
  readonly deviceType: string;
  /** `uuid:…` */
  readonly udn: string;
  readonly friendlyName: string;
  readonly manufacturer: string;
  readonly manufacturerUrl?: string | undefined;
  readonly modelDescription?: string | undefined;
  readonly modelName: string;
  readonly modelNumber?: string | undefined;
  readonly modelUrl?: string | undefined;
  readonly serialNumber?: string | undefined;
  readonly upc?: string | undefined;
  readonly presentationUrl?: string | undefined;
  readonly icons: readonly ServedIcon[];
  readonly services: readonly ServedService[];
  readonly devices: readonly ServedDevice[];
}

export interface ServedIcon {
  /** Such as `image/png`. */
  readonly mimeType: string;
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly url: string;
}

export interface ServedService {
  readonly serviceType: string;
  /** Such as `urn:upnp-org:serviceId:AVTransport`; no two alike in one device. */
  readonly serviceId: string;
  readonly scpdUrl: string;
  readonly controlUrl: string;
  /** Different for every service; empty when nothing is evented. The element is written all the same. */
  readonly eventSubUrl: string;
}
