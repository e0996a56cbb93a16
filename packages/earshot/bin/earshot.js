#!/usr/bin/env node
import command from "../lib/command.cjs";

process.exitCode = await command.main(process.argv.slice(2));
