package vaultclient

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"
)

// Commands returns the command words that a key for this program needs in its allow list, as service-create takes them: those
// that it cannot do without, then those that it can (PROTOCOL 5).
func Commands(oldEPM bool) (needed, optional []string) {
	c := &Client{core: &core{epmWord: "epm"}}
	if oldEPM {
		c.epmWord = "pedm"
	}
	for _, p := range c.probes() {
		if p.optional {
			optional = append(optional, p.command.words[0])
		} else {
			needed = append(needed, p.command.words[0])
		}
	}
	return needed, optional
}

// Certificate is what somebody shows who is spoken to by TLS, before anything is known of who they are.
type Certificate struct {
	Fingerprint string // in the form that Options.Pin takes
	Subject     string // foreign text, as are the names and the issuer
	Names       []string
	Issuer      string
	From, Until time.Time
	SelfSigned  bool
}

// ShownCertificate asks a host for its certificate, so that a person can compare it with what the administrator of the service
// says. It trusts nothing: it sends no key and no request, and closes the connection. ErrNotTLS if the host speaks no TLS,
// ErrUnreachable if it does not answer.
func ShownCertificate(ctx context.Context, address string) (Certificate, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return Certificate{}, fmt.Errorf("vault service url: %w", ErrInvalid)
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	dialer := tls.Dialer{
		NetDialer: &net.Dialer{Timeout: 5 * time.Second},
		// What is shown is looked at, not trusted.
		Config: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12, ServerName: u.Hostname()}, // #nosec G402 -- nothing is sent to it
	}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		kind := ErrUnreachable
		if record := (tls.RecordHeaderError{}); errors.As(err, &record) {
			kind = ErrNotTLS
		}
		return Certificate{}, &Error{Op: "look at the certificate", Kind: kind, Cause: err}
	}
	defer conn.Close()
	shown := conn.(*tls.Conn).ConnectionState().PeerCertificates
	if len(shown) == 0 {
		return Certificate{}, &Error{Op: "look at the certificate", Kind: ErrNotTLS}
	}
	leaf := shown[0]
	names := append([]string{}, leaf.DNSNames...)
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	return Certificate{Fingerprint: Fingerprint(leaf), Subject: leaf.Subject.CommonName, Names: names, Issuer: leaf.Issuer.CommonName,
		From: leaf.NotBefore, Until: leaf.NotAfter, SelfSigned: leaf.CheckSignatureFrom(leaf) == nil || leaf.Issuer.String() == leaf.Subject.String()}, nil
}

// HostTime is what the clock of the service's host showed at some moment between two of ours.
type HostTime struct {
	Shown         LocalTime
	Before, After time.Time
}

// HostTime has the service queue a harmless command and reads when its host thinks that this was. ErrQueueOff without a queue.
func (c *Client) HostTime(ctx context.Context) (HostTime, error) {
	cmd, err := newCommand("search").json().positional("zzzz").build()
	if err != nil {
		return HostTime{}, err
	}
	h := HostTime{Before: c.now()}
	id, err := c.submit(ctx, cmd)
	if err != nil {
		return HostTime{}, err
	}
	h.After = c.now()
	state, err := c.RequestStatus(ctx, id)
	h.Shown = state.Created
	return h, err
}

// certificateTrouble tells what is wrong with a certificate that is from a known authority, nil if that is not said.
func certificateTrouble(err error) error {
	var (
		invalid x509.CertificateInvalidError
		name    x509.HostnameError
	)
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return ErrCertificateTime
	case errors.As(err, &name):
		return ErrCertificateName
	}
	return nil
}
