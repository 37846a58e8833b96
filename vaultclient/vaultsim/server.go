package vaultsim

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Key is an API key of the service.
type Key struct {
	Value   string
	Allow   []string  // command words; nil means AllCommands
	Expires time.Time // zero: never
}

// AllCommands returns every command word that the simulator understands under its own name, aliases left out.
func AllCommands() []string {
	return []string{
		"search", "get", "list", "list-sf", "ls", "tree", "share-record", "share-folder", "one-time-share",
		"record-add", "record-update", "append-notes", "record-type-info", "epm", "device-approve", "sync-down",
		"server", "version", "whoami", "mkdir", "rm", "set",
	}
}

// Options configures a server. The zero value of each is what the product has.
type Options struct {
	Vault *Vault // an empty one when nil
	Keys  []Key

	NoQueue   bool   // queue=n: only v1 exists, requests run side by side and see each other's output
	NoV1      bool   // no v1 beside the queue, as before 17.2.12
	RateLimit string // "60/minute" when empty; also "1000 per hour"
	AllowIP   []string
	DenyIP    []string

	EncryptionKey string // 32 characters, "" for answers in the clear

	QueueSize    int           // 100 waiting
	QueueTimeout time.Duration // 300 s, for v1 callers whose request still waits
	Retention    time.Duration // 3600 s for results

	Latency time.Duration // of every command
	Jitter  time.Duration // up to so much more, from the vault's seed

	Region   string         // https://keepersecurity.com
	Version  string         // 18.0.13; an older one changes what PROTOCOL 16 says of search rows and $BASE64:
	Location *time.Location // zone of the service host, UTC when nil

	// What the enterprise's policies make of record-add and record-update.
	PasswordLength int      // the least number of characters in a password, 0 for no policy
	BarredTypes    []string // record types that cannot be created

	ControlToken string // switches the control endpoints on, see control.go
}

// Server is one Service Mode process. Make it with New, reach it through Start or as an http.Handler, end it
// with Close.
type Server struct {
	opts     Options
	vault    *Vault
	clock    *Clock
	limit    limit
	allowIP  ipList
	denyIP   ipList
	cipher   cipher.AEAD
	http     *http.Server
	url      string
	serving  sync.WaitGroup
	worker   sync.WaitGroup
	wake     chan struct{}
	closing  chan struct{}
	shutOnce sync.Once

	mu       sync.Mutex // guards what follows; taken before the vault's lock, never after it
	keys     map[string]*Key
	limiter  *limiter
	requests map[string]*request
	waiting  []*request
	current  *request
	life     *life
	armed    []*Armed
	history  []*Armed // every fault ever armed
	commands []*Command
	latency  time.Duration
	jitter   time.Duration
	jitters  *rand.Rand
	shared   *sharedOutput
	lost     bool // the Keeper session is gone

	// Guarded by the vault's lock.
	cache       view
	epmCache    []*Approval // nil: to be fetched at the next use
	deviceCache []*Device
	vars        map[string]string
	ledger      []Entry
}

// life is the time between two restarts of the service process.
type life struct {
	ctx context.Context
	end context.CancelFunc
}

func newLife() *life {
	ctx, end := context.WithCancel(context.Background())
	return &life{ctx: ctx, end: end}
}

// New returns a running service that nobody can reach yet. The error says which option is wrong.
func New(opts Options) (*Server, error) {
	if opts.Vault == nil {
		opts.Vault = NewVault(VaultOptions{})
	}
	if opts.RateLimit == "" {
		opts.RateLimit = "60/minute"
	}
	if opts.QueueSize == 0 {
		opts.QueueSize = 100
	}
	if opts.QueueTimeout == 0 {
		opts.QueueTimeout = 300 * time.Second
	}
	if opts.Retention == 0 {
		opts.Retention = time.Hour
	}
	if opts.Region == "" {
		opts.Region = "https://keepersecurity.com"
	}
	if opts.Version == "" {
		opts.Version = "18.0.13"
	}
	if opts.Location == nil {
		opts.Location = time.UTC
	}
	s := &Server{
		opts: opts, vault: opts.Vault, clock: opts.Vault.clock,
		wake: make(chan struct{}, 1), closing: make(chan struct{}),
		keys: map[string]*Key{}, requests: map[string]*request{}, life: newLife(),
		latency: opts.Latency, jitter: opts.Jitter,
		jitters: rand.New(rand.NewPCG(opts.Vault.seed, 1)), // #nosec G404 -- the same each time
		shared:  &sharedOutput{},
		vars:    map[string]string{},
	}
	var err error
	if s.limit, err = parseLimit(opts.RateLimit); err != nil {
		return nil, err
	}
	s.limiter = newLimiter(s.limit)
	if s.allowIP, err = parseIPs(opts.AllowIP); err != nil {
		return nil, fmt.Errorf("allow list: %w", err)
	}
	if s.denyIP, err = parseIPs(opts.DenyIP); err != nil {
		return nil, fmt.Errorf("deny list: %w", err)
	}
	if opts.EncryptionKey != "" {
		block, err := aes.NewCipher([]byte(opts.EncryptionKey))
		if err != nil {
			return nil, fmt.Errorf("encryption key: %w", err)
		}
		if s.cipher, err = cipher.NewGCM(block); err != nil {
			return nil, fmt.Errorf("encryption key: %w", err)
		}
	}
	for _, k := range opts.Keys {
		s.setKey(k)
	}
	s.reload()
	s.worker.Go(s.work)
	return s, nil
}

func (s *Server) setKey(k Key) {
	if k.Allow == nil {
		k.Allow = AllCommands()
	}
	k.Allow = slices.Clone(k.Allow)
	s.keys[k.Value] = &k
}

// reload fetches the whole vault anew, as a log-in does. The store of EPM data is a file and survives.
func (s *Server) reload() {
	s.vault.mu.Lock()
	defer s.vault.mu.Unlock()
	s.cache = s.vault.snapshot()
	s.vars = map[string]string{}
	s.deviceCache = nil
}

// Start listens on a free port of the loopback interface and returns the base URL, without a slash at its end.
func (s *Server) Start() (string, error) {
	return s.StartOn("127.0.0.1:0")
}

// StartOn listens on the given address and returns the base URL.
func (s *Server) StartOn(address string) (string, error) {
	if s.http != nil {
		return "", errors.New("start the vault simulator: it is running already")
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return "", fmt.Errorf("start the vault simulator: %w", err)
	}
	s.http = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	s.url = "http://" + listener.Addr().String()
	s.serving.Go(func() {
		// Serve ends with ErrServerClosed, or because the listener broke, which callers notice themselves.
		_ = s.http.Serve(listener)
	})
	return s.url, nil
}

// URL returns the base URL of a started server, "" before.
func (s *Server) URL() string { return s.url }

// Vault returns the vault that the server works on.
func (s *Server) Vault() *Vault { return s.vault }

// Clock returns the server's clock.
func (s *Server) Clock() *Clock { return s.clock }

// Close ends the service: connections are cut, hanging commands are abandoned, and no goroutine is left when
// it returns.
func (s *Server) Close() error {
	var err error
	s.shutOnce.Do(func() {
		close(s.closing)
		s.mu.Lock()
		s.life.end()
		s.mu.Unlock()
		if s.http != nil {
			err = s.http.Close()
		}
		s.serving.Wait()
		s.worker.Wait()
	})
	return err
}

// Restart does what a restart of the service process does: the queue, all results, the rate limiter and the
// session's variables are gone, callers that wait are cut off, a hanging command is abandoned before it has
// done anything, and the vault is fetched anew.
func (s *Server) Restart() {
	s.mu.Lock()
	s.life.end()
	s.life = newLife()
	s.requests = map[string]*request{}
	s.waiting = nil
	s.current = nil
	s.limiter = newLimiter(s.limit)
	s.lost = false
	s.mu.Unlock()
	s.reload()
}

// olderThan tells whether the service plays a release before the given one.
func (s *Server) olderThan(major, minor, patch int) bool {
	var have [3]int
	for i, part := range strings.SplitN(s.opts.Version, ".", 3) {
		// A part that is no number counts as 0.
		have[i], _ = strconv.Atoi(part)
	}
	return slices.Compare(have[:], []int{major, minor, patch}) < 0
}

// SetKey adds a key or replaces the one with the same value.
func (s *Server) SetKey(k Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setKey(k)
}

// RevokeKey makes a key unknown.
func (s *Server) RevokeKey(value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.keys, value)
}

// ExpireKey lets a key end now.
func (s *Server) ExpireKey(value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.keys[value]; k != nil {
		k.Expires = s.clock.Now()
	}
}

// Permit adds command words to a key's allow list.
func (s *Server) Permit(value string, words ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.keys[value]; k != nil {
		k.Allow = append(k.Allow, words...)
	}
}

// Forbid takes command words off a key's allow list.
func (s *Server) Forbid(value string, words ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.keys[value]; k != nil {
		k.Allow = slices.DeleteFunc(k.Allow, func(w string) bool { return slices.Contains(words, w) })
	}
}

// SetLatency changes how long every command takes: base, and up to jitter more.
func (s *Server) SetLatency(base, jitter time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latency, s.jitter = base, jitter
}

// LoseSession lets the Keeper session end: the next command fails with session_token_expired, later ones
// answer "success" with log-in chatter only (PROTOCOL 13), until RestoreSession or Restart.
func (s *Server) LoseSession() { s.Arm(Fault{Kind: SessionLost, Any: true}) }

// RestoreSession logs the service account in again.
func (s *Server) RestoreSession() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = false
}
