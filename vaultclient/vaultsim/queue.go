package vaultsim

import (
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

// escaped turns a text into HTML as Python does. The service escapes a command before queueing it and
// unescapes it before running it; the two cancel exactly (PROTOCOL 7.1), so only status shows it.
var escaped = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#x27;")

// state is a state of a queued request.
type state string

const (
	queued     state = "queued"
	processing state = "processing"
	completed  state = "completed"
	expired    state = "expired"
)

// request is one submitted command. Its fields are guarded by the server's lock.
type request struct {
	id        string
	key       string
	text      string // as received, FILEDATA replaced
	temp      []string
	life      *life
	log       *Command
	created   time.Time
	started   time.Time
	finished  time.Time
	state     state
	reply     reply
	body      []byte // the reply as bytes; encrypted when the service encrypts
	encrypted bool
	begun     chan struct{} // closed when the worker takes it up
	done      chan struct{}
}

// submit queues a command; false means that the queue is full.
func (s *Server) submit(key, text string, temp []string, logged *Command) (*request, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.purge()
	if len(s.waiting) >= s.opts.QueueSize {
		return nil, false
	}
	r := &request{
		id: s.requestID(), key: key, text: text, temp: temp, life: s.life, log: logged,
		created: s.clock.Now(), state: queued, begun: make(chan struct{}), done: make(chan struct{}),
	}
	logged.RequestID = r.id
	s.requests[r.id] = r
	s.waiting = append(s.waiting, r)
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return r, true
}

// requestID makes a random-looking UUID of version 4.
func (s *Server) requestID() string {
	s.vault.mu.Lock()
	b := s.vault.bytes("request", 16)
	s.vault.mu.Unlock()
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b)
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// purge drops results whose time is over. The service does so only while its worker has nothing to do
// (PROTOCOL 9.3).
func (s *Server) purge() {
	if s.current != nil || len(s.waiting) > 0 {
		return
	}
	now := s.clock.Now()
	for id, r := range s.requests {
		if !r.finished.IsZero() && now.Sub(r.finished) > s.opts.Retention {
			delete(s.requests, id)
		}
	}
}

// work is the one worker: it runs one command at a time, in order of arrival.
func (s *Server) work() {
	for {
		select {
		case <-s.closing:
			return
		case <-s.wake:
		}
		for {
			r := s.next()
			if r == nil {
				break
			}
			s.process(r)
		}
	}
}

func (s *Server) next() *request {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.waiting) > 0 {
		r := s.waiting[0]
		s.waiting = s.waiting[1:]
		if r.state != queued {
			continue
		}
		r.state = processing
		r.started = s.clock.Now()
		r.log.Executed = true
		s.current = r
		close(r.begun)
		return r
	}
	return nil
}

func (s *Server) process(r *request) {
	rep, alive := s.execute(r.life, r.text, nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == r {
		s.current = nil
	}
	if !alive || r.life != s.life {
		return
	}
	r.reply = rep
	r.body, r.encrypted = s.seal(rep)
	r.state = completed
	r.finished = s.clock.Now()
	r.log.Status = rep.status
	close(r.done)
}

// seal gives the bytes of a reply, encrypted where the service does so.
func (s *Server) seal(rep reply) ([]byte, bool) {
	plain := encodeJSON(rep.body)
	if s.cipher == nil || rep.exception {
		return plain, false
	}
	s.vault.mu.Lock()
	nonce := s.vault.bytes("nonce", s.cipher.NonceSize())
	s.vault.mu.Unlock()
	return s.cipher.Seal(nonce, nonce, plain, nil), true // #nosec G407 -- the same each time
}

// find returns a request if it exists and belongs to the key (PROTOCOL 4).
func (s *Server) find(key, id string) *request {
	s.purge()
	r := s.requests[id]
	if r == nil || r.key != key {
		return nil
	}
	return r
}

// naive gives a time as the service host writes it: local, without a zone, with microseconds unless they are 0.
func (s *Server) naive(t time.Time) string {
	t = t.In(s.opts.Location)
	if t.Nanosecond()/1000 == 0 {
		return t.Format("2006-01-02T15:04:05")
	}
	return t.Format("2006-01-02T15:04:05.000000")
}

func (s *Server) naiveOrNil(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return s.naive(t)
}

// statusBody is the answer to a status call (PROTOCOL 9.2).
func (s *Server) statusBody(r *request) object {
	var result, code any
	if r.state == completed {
		code = r.reply.status
		result = r.reply.body
		if r.encrypted {
			result = object{{"encrypted", true}, {"type", "bytes"}}
		}
	}
	temp := make([]any, len(r.temp))
	for i, t := range r.temp {
		temp[i] = t
	}
	return object{
		{"success", true}, {"request_id", r.id}, {"status", string(r.state)}, {"command", escaped.Replace(r.text)},
		{"created_at", s.naive(r.created)}, {"started_at", s.naiveOrNil(r.started)}, {"completed_at", s.naiveOrNil(r.finished)},
		{"result", result}, {"status_code", code}, {"error_message", nil}, {"temp_files", temp},
	}
}

// queueBody is the answer to a queue/status call: the length is everybody's, the rest is this key's.
func (s *Server) queueBody(key string) object {
	s.purge()
	active, done := 0, 0
	for _, r := range s.requests {
		switch {
		case r.key != key:
		case r.state == queued || r.state == processing:
			active++
		default:
			done++
		}
	}
	waiting := 0
	for _, r := range s.waiting {
		if r.state == queued {
			waiting++
		}
	}
	var current any
	if s.current != nil && s.current.key == key {
		current = s.current.id
	}
	return object{
		{"success", true}, {"queue_size", waiting}, {"active_requests", active}, {"completed_requests", done},
		{"currently_processing", current}, {"worker_running", true},
	}
}

// await waits for a v1 caller's request: until it is done, or, while it is still waiting in the queue, until
// the queue's time limit (PROTOCOL 9.5). ok is false when the process ended meanwhile.
func (s *Server) await(r *request, gone <-chan struct{}) (status int, body []byte, encrypted, ok bool) {
	limit, forget := s.clock.After(s.opts.QueueTimeout)
	defer forget()
	select {
	case <-r.begun:
	case <-limit:
		s.mu.Lock()
		if r.state == queued {
			r.state = expired
			r.finished = s.clock.Now()
			r.log.Refused = http.StatusGatewayTimeout
			s.mu.Unlock()
			return http.StatusGatewayTimeout, nil, false, true
		}
		s.mu.Unlock()
	case <-r.life.ctx.Done():
		return 0, nil, false, false
	case <-gone:
		return 0, nil, false, false
	}
	select {
	case <-r.done:
	case <-r.life.ctx.Done():
		return 0, nil, false, false
	case <-gone:
		return 0, nil, false, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return r.reply.status, r.body, r.encrypted, true
}
