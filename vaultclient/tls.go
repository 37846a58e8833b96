package vaultclient

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// newTransport makes the connection side: one connection per call, as the service closes each; no proxy, since a variable
// of the environment must not lead the key elsewhere; HTTP/1.1 only.
func newTransport(base *url.URL, o Options) (*http.Transport, error) {
	t := &http.Transport{
		Proxy:                  nil,
		DialContext:            (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout:    5 * time.Second,
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: 64 << 10,
	}
	if base.Scheme == "http" {
		if o.CAFile != "" || o.Pin != "" {
			return nil, errors.New("vault service: a CA file or pin needs an https url")
		}
		return t, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	switch {
	case o.CAFile != "" && o.Pin != "":
		return nil, errors.New("vault service: give a CA file or a pin, not both")
	case o.CAFile != "":
		pem, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, fmt.Errorf("vault service CA file: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("vault service CA file %s: no certificate in it", o.CAFile)
		}
	case o.Pin != "":
		pin, err := parsePin(o.Pin)
		if err != nil {
			return nil, err
		}
		// The pin replaces the checks of name and authority by a stricter one: the certificate itself must be the known one.
		config.InsecureSkipVerify = true
		config.VerifyConnection = func(s tls.ConnectionState) error { return checkPin(s, pin) }
	}
	t.TLSClientConfig = config
	return t, nil
}

// Fingerprint returns the pin of a certificate in the form Options.Pin takes.
func Fingerprint(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.Raw)
	return hex.EncodeToString(sum[:])
}

func parsePin(s string) ([]byte, error) {
	s = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), "sha256:")
	pin, err := hex.DecodeString(strings.ReplaceAll(s, ":", ""))
	if err != nil || len(pin) != sha256.Size {
		return nil, errors.New("vault service pin: want the SHA-256 fingerprint of the certificate, 64 hex digits")
	}
	return pin, nil
}

func checkPin(s tls.ConnectionState, pin []byte) error {
	if len(s.PeerCertificates) == 0 {
		return ErrPin
	}
	sum := sha256.Sum256(s.PeerCertificates[0].Raw)
	if subtle.ConstantTimeCompare(sum[:], pin) != 1 {
		return fmt.Errorf("%w: it is %s", ErrPin, hex.EncodeToString(sum[:]))
	}
	return nil
}

// tlsTrouble tells the causes of a failed handshake apart; ok is false if err has nothing to do with TLS.
func tlsTrouble(err error) (cause error, ok bool) {
	var (
		record    tls.RecordHeaderError
		authority x509.UnknownAuthorityError
		verify    *tls.CertificateVerificationError
		alert     tls.AlertError
	)
	switch {
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		return ErrNotTLS, true
	case errors.Is(err, ErrPin):
		return err, true
	case errors.As(err, &authority):
		return fmt.Errorf("%w: %w", ErrAuthority, err), true
	case certificateTrouble(err) != nil:
		return fmt.Errorf("%w: %w", certificateTrouble(err), err), true
	case errors.As(err, &verify), errors.As(err, &alert):
		return err, true
	}
	return nil, false
}
