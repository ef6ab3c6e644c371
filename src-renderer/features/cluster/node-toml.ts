/** An example of a node's declaration, as liveman.toml takes it. */
export const NODE_TOML = `[[nodes]]
alias = "edge-01"
url = "http://10.0.7.13:7777"
token = ""     # if it has one
site = "Harbour"
mode = "sse"   # or "poll"`;
