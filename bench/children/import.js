// Imports a module and prints how long that took, in ms, for ../startup.js: node import.js NAME
const start = performance.now();
await import(process.argv[2]);
console.log(JSON.stringify({ ms: performance.now() - start }));
