package vaultclient

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Options say where the service is and how to speak to it. Zero values mean the defaults named here.
type Options struct {
	URL           string           // http(s)://host:port, without a path unless a proxy adds one
	Key           Credential       // the api-key
	EncryptionKey Credential       // encryption_private_key of the service, 32 characters; "" if answers come in the clear
	CAFile        string           // PEM file of the authority that signed the service's certificate; "" for the system's
	Pin           string           // SHA-256 of the service's certificate in hex; in place of CAFile and of the system's authorities
	Version       string           // release of the service as configured; "" to learn it by Client.Version
	OldEPM        bool             // the service knows epm by its old name pedm
	Timeout       time.Duration    // for calls that the service answers at once; 15 s
	RunTimeout    time.Duration    // for calls that wait for a command or carry a whole listing; 2 min
	MaxAnswer     int64            // bytes; 64 MiB
	Poll          []time.Duration  // waits before each look for an answer, the last for all further ones; the plan of PROTOCOL 10
	Budget        *Budget          // shared with other clients of the same service; nil for one of its own
	Observe       func(Exchange)   // is told of every call when it is over, from any goroutine; it must be quick
	Now           func() time.Time // clock for Exchange and the budget; time.Now
}

// Client speaks to one service. It is safe for concurrent use. As returns the same client for another priority.
type Client struct {
	*core
	priority Priority
}

// core is what all views of a client share.
type core struct {
	base     *url.URL
	key      Secret // not a Credential: fmt shows what lies in unexported fields
	sealKey  Secret
	http     *http.Client
	budget   *Budget
	observe  func(Exchange)
	now      func() time.Time
	timeout  time.Duration
	runTime  time.Duration
	limit    int64
	epmWord  string
	plan     []time.Duration // for looking at results
	version  atomic.Pointer[Version]
	noV1     atomic.Bool // v1 answered 404: queue on and older than 17.2.12
	queueOff atomic.Bool // v2 answered 404
	ahead    atomic.Pointer[time.Duration]
	lane     chan struct{} // holds one token; taken for a read while the queue is off (PROTOCOL 9.6)

	mu      sync.Mutex
	waiting []*pending // calls of Await, oldest first
}

var (
	keyPattern     = regexp.MustCompile(`^[!-~]{1,512}$`)
	sealKeyPattern = regexp.MustCompile(`^[A-Za-z0-9@#$%^&+=]{32}$`)
)

// New checks the options and returns a client for Person priority. It makes no call. The error says which option is wrong and never shows the key.
func New(o Options) (*Client, error) {
	base, err := url.Parse(o.URL)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, errors.New("vault service url: want http(s)://host:port without user name, query or fragment")
	}
	base.Path = strings.TrimRight(base.Path, "/")
	if !keyPattern.MatchString(string(o.Key)) {
		return nil, errors.New("vault service key: empty, too long, or with blanks or control characters")
	}
	if o.EncryptionKey != "" && !sealKeyPattern.MatchString(string(o.EncryptionKey)) {
		return nil, errors.New("vault service encryption key: want 32 of A-Z a-z 0-9 @ # $ % ^ & + =")
	}
	transport, err := newTransport(base, o)
	if err != nil {
		return nil, err
	}
	c := &core{
		base:    base,
		key:     NewSecret(string(o.Key)),
		sealKey: NewSecret(string(o.EncryptionKey)),
		http: &http.Client{
			Transport: transport,
			// A redirect would carry the key to another place.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		budget:  o.Budget,
		observe: o.Observe,
		now:     o.Now,
		timeout: positive(o.Timeout, 15*time.Second),
		runTime: positive(o.RunTimeout, 2*time.Minute),
		limit:   positive(o.MaxAnswer, 64<<20),
		epmWord: "epm",
		plan:    pollPlan(),
		lane:    make(chan struct{}, 1),
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.budget == nil {
		c.budget = NewBudget(BudgetOptions{}, c.now)
	}
	if c.observe == nil {
		c.observe = func(Exchange) {}
	}
	if len(o.Poll) > 0 {
		c.plan = slices.Clone(o.Poll)
	}
	if o.OldEPM {
		c.epmWord = "pedm"
	}
	if o.Version != "" {
		v, err := ParseVersion(o.Version)
		if err != nil {
			return nil, fmt.Errorf("vault service version: %w", err)
		}
		c.version.Store(&v)
	}
	return &Client{c, Person}, nil
}

func positive[T time.Duration | int64](v, otherwise T) T {
	if v > 0 {
		return v
	}
	return otherwise
}

// As returns a view of the client whose reads wait for the budget with priority p. Submit and Await always go as Decision.
func (c *Client) As(p Priority) *Client { return &Client{c.core, p} }

// Budget returns the budget the client spends.
func (c *Client) Budget() *Budget { return c.budget }

// InTheClear reports whether the key and the answers cross a network without TLS.
func (c *Client) InTheClear() bool {
	ip := net.ParseIP(c.base.Hostname())
	return c.base.Scheme == "http" && c.base.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback())
}

// abilities returns what may be sent to the service as far as its version is known.
func (c *core) abilities() abilities {
	v := c.version.Load()
	return abilities{base64: v != nil && v.AtLeast(base64Since), epm: c.epmWord}
}
