// Runs in the reader's browser: sends what a form says and shows what comes back, a stream as it comes.
const key = document.getElementById("key");

function requestOf(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  const headers = { accept: form.dataset.accept };
  for (const input of form.querySelectorAll("input")) {
    if (input.value === "") continue;
    if (input.dataset.in === "path") path = path.replace(`{${input.name}}`, encodeURIComponent(input.value));
    else if (input.dataset.in === "query") query.set(input.name, input.value);
    else headers[input.name] = input.value;
  }
  if (key.value !== "") headers.authorization = `Bearer ${key.value.trim()}`;
  const body = form.querySelector("textarea")?.value;
  if (body !== undefined) headers["content-type"] = "application/json";
  return [`${path}${query.size > 0 ? `?${query}` : ""}`, { method: form.dataset.method, headers, body }];
}

const pretty = (text) => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
};

async function show(reply, answer) {
  const shown = ["location", "x-request-id", "ratelimit", "retry-after", "idempotent-replayed", "preference-applied"];
  const headers = shown.flatMap((name) => (reply.headers.has(name) ? [`${name}: ${reply.headers.get(name)}`] : []));
  const head = [`${reply.status} ${reply.statusText}`, ...headers, "", ""].join("\n");
  answer.textContent = head;
  if (!reply.headers.get("content-type")?.startsWith("text/event-stream")) {
    answer.textContent = head + pretty(await reply.text());
    return;
  }
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    answer.textContent += next.value;
    answer.scrollTop = answer.scrollHeight;
  }
}

async function send(form) {
  const answer = form.querySelector(".answer");
  const stop = form.querySelector(".stop");
  const stopping = new AbortController();
  answer.hidden = false;
  answer.textContent = "...";
  stop.hidden = false;
  stop.onclick = () => stopping.abort();
  try {
    const [path, init] = requestOf(form);
    await show(await fetch(path, { ...init, signal: stopping.signal }), answer);
  } catch (error) {
    if (!stopping.signal.aborted) answer.textContent = String(error);
  } finally {
    stop.hidden = true;
  }
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  void send(event.target);
});

// A link to an operation or a failure opens what it is in.
function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
  target?.scrollIntoView();
}
addEventListener("hashchange", reveal);
reveal();
