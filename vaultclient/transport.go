package vaultclient

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"regexp"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"
)

// call is one HTTP request.
type call struct {
	op      string
	path    Path
	method  string
	url     string
	cmd     *command // what the body carries, nil for none
	request RequestID
	timeout time.Duration
}

// answer is what came back and was found to be from the service.
type answer struct {
	code int
	env  envelope
	size int    // of the body
	body []byte // of the answers of PathStatus, PathQueue and the health path only
}

// do waits for the budget, makes the call, and tells the observer.
func (c *Client) do(ctx context.Context, k call) (answer, error) {
	x := Exchange{At: c.now(), Path: k.path, Priority: c.priority, Request: k.request}
	if k.cmd != nil {
		x.Word, x.Verb, x.Command, x.Target = k.cmd.word, k.cmd.verb, k.cmd.masked, k.cmd.target
	}
	if err := c.budget.Wait(ctx, k.path, c.priority); err != nil {
		x.Wait, x.Outcome, x.Err = c.now().Sub(x.At), errorWord(err), err
		c.observe(x)
		return answer{}, fmt.Errorf("%s: %w", k.op, err)
	}
	x.Wait = c.now().Sub(x.At)
	a, err := c.exchange(ctx, k)
	x.Run = c.now().Sub(x.At) - x.Wait
	x.HTTP, x.Bytes, x.Err = a.code, a.size, err
	switch {
	case err != nil:
		x.Outcome = errorWord(err)
	case a.code == http.StatusAccepted && k.path == PathSubmit:
		x.Outcome = "queued"
		if id, err := ParseRequestID(a.env.RequestID.text()); err == nil {
			x.Request = id
		}
	case a.code == http.StatusAccepted:
		x.Outcome = "waiting"
	case a.code == http.StatusOK:
		x.Outcome = "answered"
	default:
		x.Outcome = "failed"
	}
	c.observe(x)
	return a, err
}

// exchange makes the call and sorts the answer. If the code is not 0 an answer came.
func (c *Client) exchange(ctx context.Context, k call) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, k.timeout)
	defer cancel()
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	// Once there is a connection the command may arrive, whatever happens to the answer.
	broken := func(kind, cause error, code int) error {
		if ctx.Err() != nil && kind == ErrUnreachable {
			kind = ErrNoAnswer
		}
		return &Error{Op: k.op, Kind: kind, Maybe: connected.Load() && k.path == PathSubmit, HTTP: code, Cause: cause}
	}

	req, err := c.request(ctx, k)
	if err != nil {
		return answer{}, fmt.Errorf("%s: %w", k.op, err)
	}
	// A process that stood still goes on before its timers do.
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		return answer{}, broken(ErrNoAnswer, context.DeadlineExceeded, 0)
	}
	res, err := c.http.Do(req)
	if err != nil {
		if cause, ok := tlsTrouble(err); ok {
			return answer{}, broken(ErrTLS, cause, 0)
		}
		return answer{}, broken(ErrUnreachable, unwrapURL(err), 0)
	}
	defer res.Body.Close()
	c.compareClocks(res.Header)
	body, err := readAll(res, c.limit)
	if errors.Is(err, ErrTooLarge) {
		return answer{code: res.StatusCode}, broken(ErrTooLarge, nil, res.StatusCode)
	}
	if err != nil {
		return answer{code: res.StatusCode}, broken(ErrUnreachable, err, res.StatusCode)
	}
	a, err := c.sort(k, res.StatusCode, body)
	a.code, a.size = res.StatusCode, len(body)
	switch k.path {
	case PathStatus, PathQueue, pathHealth:
		a.body = body
	default:
		clear(body) // may hold secrets; what was parsed is a copy
	}
	return a, err
}

func (c *Client) request(ctx context.Context, k call) (*http.Request, error) {
	var body io.Reader
	if k.cmd != nil {
		b, err := json.Marshal(map[string]string{"command": k.cmd.text})
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, k.method, c.base.String()+k.url, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "countersign")
	if k.cmd != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if k.path != pathHealth {
		req.Header.Set("api-key", c.key.Reveal())
	}
	return req, nil
}

// unwrapURL drops the address from an error of package http; the operation is named by the caller.
func unwrapURL(err error) error {
	if e := errors.Unwrap(err); e != nil {
		return e
	}
	return err
}

func readAll(res *http.Response, limit int64) ([]byte, error) {
	if res.ContentLength > limit {
		return nil, ErrTooLarge
	}
	var b bytes.Buffer
	if res.ContentLength > 0 {
		b.Grow(int(res.ContentLength) + bytes.MinRead)
	}
	_, err := b.ReadFrom(io.LimitReader(res.Body, limit+1))
	if err == nil && int64(b.Len()) > limit {
		err = ErrTooLarge
	}
	if err != nil {
		clear(b.Bytes()) // may hold secrets
		return nil, err
	}
	return b.Bytes(), nil
}

// rateText finds the limit in the page that comes with 429.
var rateText = regexp.MustCompile(`<p>([0-9A-Za-z ,./]{1,100})</p>`)

// sort decides what an answer is, by status code and by trying to parse it, never by its content type (PROTOCOL 6, 15). A 429
// that names a command is not the service's limit, but a command that ran and that Keeper's cloud throttled.
func (c *Client) sort(k call, code int, body []byte) (answer, error) {
	env, ok := parseEnvelope(body)
	if code == http.StatusTooManyRequests && !(ok && bool(env.Command)) {
		e := &Error{Op: k.op, Kind: ErrRateLimited, HTTP: code}
		if m := rateText.FindSubmatch(body); m != nil {
			e.Limit = string(m[1])
		}
		e.Until = c.budget.Close(k.path, e.Limit)
		return answer{}, e
	}
	if !ok && len(body) >= sealOverhead {
		switch plain, err := open([]byte(c.sealKey.Reveal()), body); {
		case err == nil:
			env, ok = parseEnvelope(plain)
			clear(plain)
		case !utf8.Valid(body): // as good as certain for what is encrypted
			return answer{}, &Error{Op: k.op, Kind: ErrEncrypted, HTTP: code, Maybe: k.path == PathSubmit && provesNothing(code), Cause: err}
		}
	}
	if !ok {
		e := &Error{Op: k.op, Kind: ErrNotService, HTTP: code, Maybe: k.path == PathSubmit && provesNothing(code)}
		if start := bytes.TrimLeft(body, " \t\r\n"); len(start) == 0 || start[0] == '{' {
			e.Cause = ErrGarbled
		}
		return answer{}, e
	}
	if err := frontRefusal(k, code, env); err != nil {
		return answer{}, err
	}
	return answer{env: env}, nil
}

// sealOverhead is the nonce and the tag of AES-256-GCM.
const sealOverhead = 12 + 16

// open decrypts an answer (PROTOCOL 15): nonce, ciphertext, tag; the key's 32 characters are its bytes.
func open(key, body []byte) ([]byte, error) {
	if len(key) == 0 {
		return nil, errors.New("no encryption key is configured")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return gcm.Open(nil, body[:gcm.NonceSize()], body[gcm.NonceSize():], nil)
}

// frontRefusal recognises the answers of the front end, before any command ran (PROTOCOL 3, 4, 6). An answer that names a
// command is the output of that command, whatever its code.
func frontRefusal(k call, code int, env envelope) error {
	if env.Command && k.path != PathStatus {
		return nil
	}
	text := env.Error.text()
	e := &Error{Op: k.op, HTTP: code, Text: scrub(k.cmd.withoutEcho(text))}
	switch {
	case code == http.StatusUnauthorized && text == "API key has expired":
		e.Kind = ErrKeyExpired
	case code == http.StatusUnauthorized:
		e.Kind = ErrKeyRefused
	case code == http.StatusForbidden && text == "Not permitted to perform this function":
		e.Kind = ErrNotPermitted
		if k.cmd != nil {
			e.Command = k.cmd.word
		}
	case code == http.StatusForbidden && text == "IP is not allowed to call API service":
		e.Kind = ErrIPNotAllowed
	case code == http.StatusBadRequest, code == http.StatusForbidden, badBody(text):
		e.Kind = ErrRefusedRequest
	case code == http.StatusNotFound && (k.path == PathResult || k.path == PathStatus):
		e.Kind = ErrRequestUnknown
	case code == http.StatusServiceUnavailable && strings.Contains(text, "queue is full"):
		e.Kind = ErrQueueFull
	case code == http.StatusGatewayTimeout && k.path == PathV1:
		e.Kind = ErrExpired
	case k.path == PathSubmit && code != http.StatusAccepted:
		e.Kind, e.Maybe = ErrNotService, provesNothing(code)
	case code/100 == 3, code == http.StatusNotFound, code == http.StatusMethodNotAllowed, code > 500:
		e.Kind = ErrNotService
	default:
		return nil
	}
	return e
}

// provesNothing reports whether an answer to a submit that is not from the service leaves open whether the service got the
// command: whatever stands before it can fail after passing it on, and cannot have refused it.
func provesNothing(code int) bool { return code < 300 || code >= 500 }

// badBody recognises the service's complaint about a body that is not JSON, which comes with code 500 (PROTOCOL 3).
func badBody(text string) bool {
	return text == "400 Bad Request: The browser (or proxy) sent a request that this server could not understand." ||
		text == "Error: 400 Bad Request: The browser (or proxy) sent a request that this server could not understand."
}
