/** The part of a type that says what it is, such as `AVTransport`; `Unnamed` where that cannot be part of a path. */
export function typeName(type: string): string {
  const [, name] = /^urn:[^:]+:[a-z]+:(\w[\w.-]*)(?::|$)/i.exec(type) ?? [];
  return name ?? "Unnamed";
}

/**
 * An id for each service of one device, no two alike (UDA 1.1 §2.3): the standard's own where it is a standard service,
 * such as `urn:upnp-org:serviceId:AVTransport`; numbered from the second of a name on.
 */
export function serviceIds(types: readonly string[]): readonly string[] {
  const used = new Set<string>();
  return types.map((type) => {
    const stem = `urn:${domainOf(type)}:serviceId:${typeName(type)}`;
    let id = stem;
    for (let count = 2; used.has(id); count++) id = `${stem}-${count}`;
    used.add(id);
    return id;
  });
}

function domainOf(type: string): string {
  const [, domain = "schemas-upnp-org"] = /^urn:([\w.-]+):/i.exec(type) ?? [];
  return domain === "schemas-upnp-org" ? "upnp-org" : domain;
}
