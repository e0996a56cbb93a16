import { churnShare } from "./churn-share.ts";

churnShare(3);
