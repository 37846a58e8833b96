package cli

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/vaultclient/vaultsim"
)

// clinic is a vault service that can be made ill, with the configuration for it.
type clinic struct {
	t       *testing.T
	dir     string
	address string // host and port of the service, the same after every start
	opts    vaultsim.Options
	sim     *vaultsim.Server
	tls     *tls.Config // nil for plain http
	https   *http.Server
	vault   map[string]string // the lines of [vault], by key
	more    string            // further sections
	env     map[string]string
	login   string // who calls; casey
}

const clinicKey = "0123456789012345678901234567890123456789012="

// newClinic starts a healthy service with some records in its vault.
func newClinic(t *testing.T, opts vaultsim.Options) *clinic {
	t.Helper()
	world := vaultsim.Company(1, vaultsim.NewClock())
	opts.Vault, opts.Keys = world.Vault, []vaultsim.Key{{Value: clinicKey}}
	if opts.RateLimit == "" {
		opts.RateLimit = "10000/minute"
	}
	c := &clinic{t: t, dir: t.TempDir(), opts: opts, vault: map[string]string{}, env: map[string]string{}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.address = listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	c.set("url", "http://"+c.address)
	c.set("api_key_file", "key")
	c.vault["calls_per_minute"] = "1000"
	c.set("timezone", "UTC")
	c.write("key", clinicKey+"\n")
	c.start()
	t.Cleanup(c.stop)
	return c
}

// set writes a text into [vault]; "" takes the line away.
func (c *clinic) set(key, value string) {
	if value == "" {
		delete(c.vault, key)
		return
	}
	c.vault[key] = fmt.Sprintf("%q", value)
}

func (c *clinic) write(name, text string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// start starts the service on its address.
func (c *clinic) start() {
	c.t.Helper()
	sim, err := vaultsim.New(c.opts)
	if err != nil {
		c.t.Fatal(err)
	}
	c.sim = sim
	if c.tls == nil {
		if _, err := sim.StartOn(c.address); err != nil {
			c.t.Fatal(err)
		}
		return
	}
	listener, err := tls.Listen("tcp", c.address, c.tls)
	if err != nil {
		c.t.Fatal(err)
	}
	c.https = &http.Server{Handler: sim, ReadHeaderTimeout: time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	served := c.https
	done := make(chan struct{})
	go func() { defer close(done); _ = served.Serve(listener) }() // it ends when the test closes it
	c.t.Cleanup(func() { _ = served.Close(); <-done })
}

func (c *clinic) stop() {
	if c.https != nil {
		_ = c.https.Close() // nobody waits for its answers
		c.https = nil
	}
	if err := c.sim.Close(); err != nil {
		c.t.Error(err)
	}
}

// restart starts the service anew, as its administrator would have it.
func (c *clinic) restart(change func(*vaultsim.Options)) {
	c.t.Helper()
	c.stop()
	change(&c.opts)
	c.start()
}

// secure gives the service a certificate and has the address say https.
func (c *clinic) secure(cert tls.Certificate) {
	c.t.Helper()
	c.stop()
	c.tls = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	c.start()
}

// run calls the program on the configuration.
func (c *clinic) run(args ...string) (Code, string, string) {
	c.t.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "[store]\ndir = \"queue\"\n")
	text.WriteString("[vault]\n")
	for _, key := range sortedKeys(c.vault) {
		fmt.Fprintf(&text, "%s = %s\n", key, c.vault[key])
	}
	c.write("config.toml", text.String()+c.more)
	return c.runAt(filepath.Join(c.dir, "config.toml"), args...)
}

// runAt calls the program on another configuration.
func (c *clinic) runAt(path string, args ...string) (Code, string, string) {
	c.t.Helper()
	var out, errs bytes.Buffer
	login := c.login
	if login == "" {
		login = "casey"
	}
	code := Run(c.t.Context(), Invocation{Args: append(args, "--config", path), In: &bytes.Buffer{}, Out: &out, Err: &errs,
		Env:   func(name string) (string, bool) { v, ok := c.env[name]; return v, ok },
		Login: func() (string, error) { return login, nil }, Now: time.Now, Zone: time.UTC})
	return code, out.String(), errs.String()
}

// doctor returns what doctor finds.
func (c *clinic) doctor(args ...string) (Code, []checkJSON) {
	c.t.Helper()
	code, out, errs := c.run(append([]string{"doctor", "--json"}, args...)...)
	return code, c.found(out, errs)
}

// doctorAt returns what doctor finds on another configuration.
func (c *clinic) doctorAt(path string) (Code, []checkJSON) {
	c.t.Helper()
	code, out, errs := c.runAt(path, "doctor", "--json")
	return code, c.found(out, errs)
}

func (c *clinic) found(out, errs string) []checkJSON {
	c.t.Helper()
	var found struct{ Checks []checkJSON }
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		c.t.Fatalf("doctor: %v\n%s%s", err, out, errs)
	}
	return found.Checks
}

// find returns the worst finding of a name, and whether there is one.
func find(found []checkJSON, name string) (checkJSON, bool) {
	order := []string{"ok", "warning", "wrong"}
	var worst checkJSON
	for _, f := range found {
		if f.Name == name && (worst.Name == "" || slices.Index(order, f.State) > slices.Index(order, worst.State)) {
			worst = f
		}
	}
	return worst, worst.Name != ""
}

// issuer is an authority that makes certificates.
type issuer struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Clinic CA"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().AddDate(1, 0, 0), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &issuer{t, cert, key}
}

// pem is the certificate of the authority as a file holds it.
func (i *issuer) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.cert.Raw}))
}

// issue makes a certificate for a name or address, and returns its fingerprint.
func (i *issuer) issue(name string, from, until time.Time) (tls.Certificate, string) {
	i.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		i.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: until}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, i.cert, &key.PublicKey, i.key)
	if err != nil {
		i.t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, hex.EncodeToString(sum[:])
}
