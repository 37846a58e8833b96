package vaultsim

import (
	"bytes"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	pageNotFound = "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n" +
		"<p>The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.</p>\n"
	pageMethod = "<!doctype html>\n<html lang=en>\n<title>405 Method Not Allowed</title>\n<h1>Method Not Allowed</h1>\n" +
		"<p>The method is not allowed for the requested URL.</p>\n"
	pageTooMany = "<!doctype html>\n<html lang=en>\n<title>429 Too Many Requests</title>\n<h1>Too Many Requests</h1>\n<p>"
	pageGateway = "<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n<center><h1>502 Bad Gateway</h1></center>\n</body>\n</html>\n"

	typeHTML = "text/html; charset=utf-8"
	typeJSON = "application/json"

	badRequest    = "400 Bad Request: The browser (or proxy) sent a request that this server could not understand."
	queuedText    = "Request queued successfully. Use /api/v2/status/<request_id> to check progress, /api/v2/result/<request_id> to get results, or /api/v2/queue/status for queue info."
	unknownID     = "Error: Request not found"
	notReady      = "Error: Request not completed yet"
	fullQueue     = "Error: Request queue is full. Please try again later."
	waitedTooLong = "Error: Request expired before execution while waiting for result"
	maxCommand    = 4096 // code points of the raw text
	maxBody       = 64 << 20
)

// exchange is one HTTP call while it is being answered. Answers are buffered, so that a fault can spoil them.
type exchange struct {
	s        *Server
	r        *http.Request
	endpoint Endpoint
	status   int
	header   http.Header
	body     bytes.Buffer
	cut      bool // the connection ends without an answer
	raw      []byte
	read     bool
}

func (x *exchange) html(status int, page string) {
	x.status = status
	x.header.Set("Content-Type", typeHTML)
	x.body.WriteString(page)
}

func (x *exchange) json(status int, v any) {
	x.status = status
	x.header.Set("Content-Type", typeJSON)
	x.body.Write(encodeJSON(v))
}

func (x *exchange) refuse(status int, text string) {
	x.json(status, object{{"error", text}, {"status", statusError}})
}

// result answers with a command's reply; encrypted ones are labelled as HTML (PROTOCOL 6).
func (x *exchange) result(status int, body []byte, encrypted bool) {
	x.status = status
	x.header.Set("Content-Type", typeJSON)
	if encrypted {
		x.header.Set("Content-Type", typeHTML)
	}
	x.body.Write(body)
}

// ServeHTTP answers one call. A connection is cut by a panic with http.ErrAbortHandler, as net/http wants it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.opts.ControlToken != "" && strings.HasPrefix(r.URL.Path, "/__sim/") {
		s.control(w, r)
		return
	}
	x := &exchange{s: s, r: r, header: http.Header{}}
	s.route(x)
	if x.cut {
		panic(http.ErrAbortHandler)
	}
	h := w.Header()
	for k, v := range x.header {
		h[k] = v
	}
	h.Set("Connection", "close")
	h.Set("Date", s.clock.Now().UTC().Format(http.TimeFormat))
	h.Set("Server", "Werkzeug/3.1.3 Python/3.11.2")
	w.WriteHeader(x.status)
	// A write error means that the caller went away, which changes nothing here.
	_, _ = w.Write(x.body.Bytes())
}

// route finds the endpoint by path and method.
func (s *Server) route(x *exchange) {
	path := x.r.URL.Path
	v2 := !s.opts.NoQueue
	switch {
	case path == "/health":
		if x.method("GET", "GET, HEAD, OPTIONS") {
			x.json(http.StatusOK, object{{"status", "ok"}})
		}
	case path == "/api/v1/executecommand" && (s.opts.NoQueue || !s.opts.NoV1):
		if x.method("POST", "POST, OPTIONS") {
			x.header.Set("X-API-Legacy", "true")
			x.guard(EndpointV1, s.serveV1)
		}
	case path == "/api/v2/executecommand-async" && v2:
		if x.method("POST", "POST, OPTIONS") {
			x.guard(EndpointSubmit, s.serveSubmit)
		}
	case path == "/api/v2/queue/status" && v2:
		if x.method("GET", "GET, HEAD, OPTIONS") {
			x.guard(EndpointQueue, s.serveQueue)
		}
	case idOf(path, "/api/v2/status/") != "" && v2:
		if x.method("GET", "GET, HEAD, OPTIONS") {
			x.guard(EndpointStatus, s.serveStatus)
		}
	case idOf(path, "/api/v2/result/") != "" && v2:
		if x.method("GET", "GET, HEAD, OPTIONS") {
			x.guard(EndpointResult, s.serveResult)
		}
	default:
		x.html(http.StatusNotFound, pageNotFound)
	}
}

// idOf returns the last part of a path that has just one part after the prefix, else "".
func idOf(path, prefix string) string {
	id, found := strings.CutPrefix(path, prefix)
	if !found || strings.Contains(id, "/") {
		return ""
	}
	return id
}

func (x *exchange) method(want, allow string) bool {
	if x.r.Method == want || want == "GET" && x.r.Method == http.MethodHead {
		return true
	}
	x.header.Set("Allow", allow)
	x.html(http.StatusMethodNotAllowed, pageMethod)
	return false
}

// guard does the checks that stand before every /api call, in the service's order (PROTOCOL 3), and applies
// the faults of calls.
func (x *exchange) guard(endpoint Endpoint, serve func(*exchange, *Key)) {
	s := x.s
	x.endpoint = endpoint
	host, err := netip.ParseAddrPort(x.r.RemoteAddr)
	address := host.Addr().Unmap()
	if err != nil {
		address = netip.IPv6Loopback()
	}
	s.mu.Lock()
	within := s.limiter.allow(address.String(), string(endpoint), s.clock.Now())
	s.mu.Unlock()
	if !within {
		x.html(http.StatusTooManyRequests, pageTooMany+s.limit.String()+"</p>\n")
		return
	}
	if s.denyIP.contains(address) || !s.allowIP.empty() && !s.allowIP.contains(address) {
		x.refuse(http.StatusForbidden, "IP is not allowed to call API service")
		return
	}
	key, refusal := s.key(x.r.Header.Get("api-key"))
	if refusal != "" {
		x.refuse(http.StatusUnauthorized, refusal)
		return
	}
	var fault FaultKind
	if a := s.strike(endpoint, x.subject()); a != nil {
		fault = a.fault.Kind
	}
	switch fault {
	case RateLimited:
		x.html(http.StatusTooManyRequests, pageTooMany+s.limit.String()+"</p>\n")
	case QueueFull:
		x.refuse(http.StatusServiceUnavailable, fullQueue)
	case CutBefore:
		x.cut = true
	default:
		serve(x, key)
		x.spoil(fault)
	}
}

// spoil does to an answer what the fault says.
func (x *exchange) spoil(fault FaultKind) {
	switch fault {
	case CutAfter:
		x.cut = true
	case GarbageHTML:
		x.body.Reset()
		x.html(http.StatusOK, pageGateway)
	case GarbageTruncated:
		x.body.Truncate(x.body.Len() / 2)
	case GarbageType:
		x.header.Set("Content-Type", "text/plain")
	case GarbageEmpty:
		x.body.Reset()
	}
}

// key looks an API key up; refusal is the text of the 401 answer (PROTOCOL 4).
func (s *Server) key(value string) (key *Key, refusal string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.keys[value]
	switch {
	case value == "" || k == nil:
		return nil, "Please provide a valid api key"
	case !k.Expires.IsZero() && !s.clock.Now().Before(k.Expires):
		return nil, "API key has expired"
	}
	found := *k
	found.Allow = slices.Clone(k.Allow)
	return &found, ""
}

// subject returns the command that a call brings or asks about, for matching faults.
func (x *exchange) subject() string {
	switch x.endpoint {
	case EndpointSubmit, EndpointV1:
		return x.commandText()
	case EndpointStatus, EndpointResult:
		x.s.mu.Lock()
		defer x.s.mu.Unlock()
		if r := x.s.requests[x.id()]; r != nil {
			return r.text
		}
	}
	return ""
}

func (x *exchange) id() string {
	return x.r.URL.Path[strings.LastIndexByte(x.r.URL.Path, '/')+1:]
}

func (x *exchange) bytes() []byte {
	if !x.read {
		x.read = true
		// A body that breaks off is malformed JSON, which is answered as such.
		x.raw, _ = io.ReadAll(io.LimitReader(x.r.Body, maxBody))
	}
	return x.raw
}

// commandText returns the command in a body as far as there is one.
func (x *exchange) commandText() string {
	v, err := fromJSON(keepSurrogates(x.bytes()))
	if err != nil {
		return ""
	}
	o, _ := v.(object)
	text, _ := o.get("command").(string)
	return text
}

// command checks a body that brings a command. ok is false when the call has been answered.
func (x *exchange) command(key *Key) (text string, temp []string, logged *Command, ok bool) {
	mime, _, _ := strings.Cut(x.r.Header.Get("Content-Type"), ";")
	mime = strings.ToLower(strings.TrimSpace(mime))
	if mime != typeJSON && !strings.HasSuffix(mime, "+json") {
		x.refuse(http.StatusBadRequest, "Content-Type must be application/json")
		return "", nil, nil, false
	}
	v, err := fromJSON(keepSurrogates(x.bytes()))
	if err != nil {
		prefix := ""
		if x.endpoint == EndpointV1 {
			prefix = "Error: "
		}
		x.refuse(http.StatusInternalServerError, prefix+badRequest)
		return "", nil, nil, false
	}
	if falsy(v) {
		x.refuse(http.StatusBadRequest, "Invalid or empty JSON")
		return "", nil, nil, false
	}
	body, isObject := v.(object)
	if !isObject {
		// An exception inside the policy check surfaces as this (PROTOCOL 3, step 2).
		x.refuse(http.StatusForbidden, "Access denied")
		return "", nil, nil, false
	}
	if body.get("command") == nil {
		x.refuse(http.StatusBadRequest, `Missing required field "command"`)
		return "", nil, nil, false
	}
	text, isText := body.get("command").(string)
	if !isText {
		x.refuse(http.StatusBadRequest, "Command must be a string")
		return "", nil, nil, false
	}
	logged = &Command{At: x.s.clock.Now(), Key: key.Value, Endpoint: string(x.endpoint), Text: text}
	x.s.mu.Lock()
	x.s.commands = append(x.s.commands, logged)
	x.s.mu.Unlock()
	status, refusal := policy(text, key)
	if refusal != "" {
		x.s.mu.Lock()
		logged.Refused = status
		x.s.mu.Unlock()
		x.refuse(status, refusal)
		return "", nil, nil, false
	}
	text, temp = fileData(text, body.get("filedata"))
	return text, temp, logged, true
}

func falsy(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case object:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}

// policy checks a command's length, its first word against the allow list, and a few arguments.
func policy(text string, key *Key) (status int, refusal string) {
	if utf8.RuneCountInString(text) > maxCommand {
		return http.StatusBadRequest, "Command length exceeded"
	}
	word, rest, _ := strings.Cut(text, " ")
	if word == "" || !slices.Contains(key.Allow, word) {
		return http.StatusForbidden, "Not permitted to perform this function"
	}
	words, err := split(rest)
	if err != nil {
		return 0, ""
	}
	switch word {
	case "append-notes":
		for i, w := range words {
			if value, joined := strings.CutPrefix(w, "--notes="); joined && value != "" {
				return 0, ""
			}
			if (w == "--notes" || w == "-n") && i+1 < len(words) && words[i+1] != "" {
				return 0, ""
			}
		}
		return http.StatusBadRequest, "Missing required parameter: --notes with non-empty value"
	case "mkdir":
		typed, named := false, false
		for _, w := range words {
			switch {
			case slices.Contains([]string{"-uf", "--user-folder", "-sf", "--shared-folder"}, w):
				typed = true
			case !strings.HasPrefix(w, "-"):
				named = true
			}
		}
		if !typed {
			return http.StatusBadRequest, "Missing required parameters: folder type flag (-sf/--shared-folder for shared folder or -uf/--user-folder for user folder)"
		}
		if !named {
			return http.StatusBadRequest, "Missing required parameters: folder name"
		}
	}
	return 0, ""
}

// fileData puts the path of a temporary file where the text says FILEDATA, if the body brings data (PROTOCOL
// 7.6). No file is written: none of the commands here reads it.
func fileData(text string, data any) (string, []string) {
	switch data.(type) {
	case object, []any:
	default:
		return text, nil
	}
	if !strings.Contains(text, "FILEDATA") {
		return text, nil
	}
	const path = "/tmp/keeper_service_filedata.json"
	return strings.ReplaceAll(text, "FILEDATA", path), []string{path}
}
