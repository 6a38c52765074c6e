// The line to the server: what happens comes as events, what a person does goes as posts.

const headers = { "X-Local-Chat": "1" };

/** Follow the events for ever; after a break the server starts over with a whole state. */
export function follow(onEvent, onLine) {
  const source = new EventSource("/chat/events");
  source.onmessage = (event) => onEvent(JSON.parse(event.data));
  source.onopen = () => onLine(true);
  source.onerror = () => {
    onLine(false);
    if (source.readyState === EventSource.CLOSED) setTimeout(() => follow(onEvent, onLine), 1000);
  };
}

async function post(address, body, type) {
  const response = await fetch(address, { method: "POST", headers: { ...headers, "Content-Type": type }, body });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.problem);
  return answer;
}

/** Do something as a person; gives the id of what it made. */
export const act = (person, name, details = {}) =>
  post("/chat/act", JSON.stringify({ person, act: name, ...details }), "application/json");

/** Send a file as a person. */
export const upload = (person, kind, file, caption = "") =>
  post(
    `/chat/upload?${new URLSearchParams({ person, kind, name: file?.name ?? "", caption })}`,
    file ?? "",
    file?.type || "application/octet-stream",
  );

export const fileAddress = (id) => `/chat/file/${encodeURIComponent(id)}`;
