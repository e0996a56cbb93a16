/**
 * What a device of ours tells of itself in the description that we serve (UDA 1.1 §2.3). Types and UDNs come from the
 * offer; the rest from here. A serial number or MAC address tells strangers who we are: nothing is set by default.
 */
export interface OfferedDescription {
  /** Under 64 characters; longer ones are cut for readers that cannot take them. @default the offer's name */
  readonly friendlyName?: string;
  /** @default "earshot" */
  readonly manufacturer?: string;
  /** `http:` or `https:`. */
  readonly manufacturerUrl?: string;
  readonly modelDescription?: string;
  /** @default "earshot" */
  readonly modelName?: string;
  readonly modelNumber?: string;
  readonly modelUrl?: string;
  readonly serialNumber?: string;
  /** Twelve digits. */
  readonly upc?: string;
  /** A page for people: absolute, or the path of one of `files`. */
  readonly presentationUrl?: string;
  readonly icons?: readonly OfferedIcon[];
  /** What embedded devices tell of themselves, by UDN or by device type. */
  readonly devices?: Readonly<Record<string, OfferedDescription>>;
  /**
   * Other documents to serve beside it, by absolute path, which requests must have exactly. `/NAME/scpd.xml`, such as
   * `/AVTransport/scpd.xml`, takes the place of the empty description that a service of this name has by default; a
   * second service of a name is `NAME-2`. Only of the root.
   */
  readonly files?: Readonly<Record<string, OfferedFile>>;
}

export interface OfferedIcon {
  /** Such as `image/png`. */
  readonly mimeType: string;
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly data: Uint8Array;
}

export interface OfferedFile {
  /** Such as `text/xml; charset="utf-8"`. */
  readonly contentType: string;
  readonly body: string | Uint8Array;
}
