/** A datagram, and what `decodeMessage` makes of it, in short. */
export interface Vector {
  readonly name: string;
  readonly hex: string;
  readonly is: Outcome;
}

type Outcome =
  | { readonly kind: "malformed"; readonly reason: string }
  | { readonly kind: string; readonly says: readonly string[]; readonly codes: readonly string[] };

/** What is left of a message of which nothing is kept, and why. */
const nothing = (kind: "query" | "response", ...codes: string[]): Outcome => ({ kind, says: [], codes });
const malformed = (reason: string): Outcome => ({ kind: "malformed", reason });

/** Literal datagrams that a reader could stumble over, and what becomes of each. */
export const vectors: readonly Vector[] = [
  {
    name: "V-01 M-01 an owner name that is a pointer to itself",
    hex: "000084000000000100000000c00c000c0001000000780002c00c",
    is: nothing("response", "forward-pointer", "pointer-loop"),
  },
  {
    name: "V-02 M-01 two pointers to each other",
    hex: "000000000001000000000000c00ec00c000c0001",
    is: nothing("query", "forward-pointer", "pointer-loop", "trailing-bytes"),
  },
  {
    name: "V-03 M-03 a label that runs past the end",
    hex: "0000000000010000000000003f616263",
    is: malformed("name-cut-short"),
  },
  {
    name: "V-04 M-03 a label of type 0x40",
    hex: "00000000000100000000000041610000010001",
    is: malformed("bad-label-type"),
  },
  {
    name: "V-05 M-03 a label of type 0x80",
    hex: "00000000000100000000000081610000010001",
    is: malformed("bad-label-type"),
  },
  {
    name: "V-06 M-03 a pointer into the header",
    hex: "000000000001000000000000c00000010001",
    is: nothing("query", "pointer-into-header"),
  },
  {
    name: "V-07 M-03 a pointer past the end",
    hex: "000000000001000000000000c3ff00010001",
    is: nothing("query", "pointer-past-end"),
  },
  {
    name: "V-08 M-03 a pointer cut after its first byte",
    hex: "000000000001000000000000c0",
    is: malformed("name-cut-short"),
  },
  {
    name: "V-09 M-03 a name without its last zero",
    hex: "0000000000010000000000000161056c6f63616c",
    is: malformed("name-cut-short"),
  },
  {
    name: "V-10 M-05 counts of 65535, and nothing behind them",
    hex: "00000000ffffffffffffffff",
    is: malformed("name-cut-short"),
  },
  {
    name: "V-11 M-08 an A record of three bytes",
    hex: "0000840000000001000000000168056c6f63616c00000180010000007800030a0000",
    is: nothing("response", "bad-rdata"),
  },
  {
    name: "V-12 M-08 an A record of no bytes",
    hex: "0000840000000001000000000168056c6f63616c0000018001000000780000",
    is: nothing("response", "bad-rdata"),
  },
  {
    name: "V-13 M-08 a record that says it has 65535 bytes",
    hex: "0000840000000001000000000168056c6f63616c000010800100001194ffff0161",
    is: malformed("message-cut-short"),
  },
  {
    name: "V-14 M-08 a string that is longer than its TXT record; the A record behind it is read",
    hex: "0000840000000002000000000168056c6f63616c00001080010000119400031061620168056c6f63616c00000180010000007800040a000001",
    is: { kind: "response", says: ["1 h.local 1 120 flush 10.0.0.1"], codes: ["bad-rdata"] },
  },
  {
    name: "V-15 M-08 the target of an SRV record that runs past it",
    hex: "0000840000000001000000000178055f68747470045f746370056c6f63616c000021800100000078000900000000005005686f",
    is: nothing("response", "name-cut-short", "bad-rdata"),
  },
  {
    name: "V-16 M-09 an NSEC window of length 0",
    hex: "0000840000000001000000000168056c6f63616c00002f8001000000780004c00c0000",
    is: nothing("response", "bad-rdata"),
  },
  {
    name: "V-17 M-09 an NSEC window of length 33",
    hex: "0000840000000001000000000168056c6f63616c00002f8001000000780025c00c0021ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    is: nothing("response", "bad-rdata"),
  },
  {
    name: "V-18 M-10 a response without any record",
    hex: "000084000000000000000000",
    is: nothing("response"),
  },
  {
    name: "V-19 M-10 a response with a question: the answer is read",
    hex: "0000840000010001000000000168056c6f63616c0000010001c00c000180010000007800040a000001",
    is: { kind: "response", says: ["? h.local 1", "1 h.local 1 120 flush 10.0.0.1"], codes: [] },
  },
  {
    name: "V-20 a CNAME to itself is read: who follows it minds",
    hex: "0000840000000001000000000168056c6f63616c0000058001000000780002c00c",
    is: { kind: "response", says: ["1 h.local 5 120 flush -> h.local"], codes: [] },
  },
  {
    name: "V-21 a TTL of 2^32-1",
    hex: "0000840000000001000000000168056c6f63616c0000018001ffffffff00040a000001",
    is: { kind: "response", says: ["1 h.local 1 4294967295 flush 10.0.0.1"], codes: [] },
  },
  {
    name: "V-22 M-30 an instance with an escape, a line break, a turn of direction and a dot in it",
    hex: "000084000000000100000000055f68747470045f746370056c6f63616c00000c000100001194000e0b611b5b324a0ae280ae2e62c00c",
    is: {
      kind: "response",
      says: ["1 _http._tcp.local 12 4500 -> a\\027[2J\\010\u202e\\.b._http._tcp.local"],
      codes: [],
    },
  },
  {
    name: "V-23 M-31 a TXT record with every strange key is kept to the byte",
    hex: "0000840000000001000000000178055f68747470045f746370056c6f63616c000010800100001194002e0b5f5f70726f746f5f5f3d310b636f6e7374727563746f72023d7803413d3103613d32016b02653d05623d00ff3d",
    is: {
      kind: "response",
      says: [
        "1 x._http._tcp.local 16 4500 flush 0b5f5f70726f746f5f5f3d310b636f6e7374727563746f72023d7803413d3103613d32016b02653d05623d00ff3d",
      ],
      codes: [],
    },
  },
];
