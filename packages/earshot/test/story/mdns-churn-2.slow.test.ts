import { mdnsChurnShare } from "./mdns-churn-share.ts";

mdnsChurnShare(1);
