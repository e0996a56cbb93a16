/** The version of this package, as it stands in SERVER and USER-AGENT headers. A test holds it to package.json. */
export const VERSION = "0.1.0";
