// Imported first by every script, so that an old Node is told so in one sentence instead of a syntax error.
const wantedMajor = 20;
const wantedMinor = 19;
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
  process.stderr.write(
    `Liveman Desktop needs Node.js ${wantedMajor}.${wantedMinor} or newer and this is ${process.versions.node}: install a current Node.js from https://nodejs.org and try again.\n`,
  );
  process.exit(1);
}
