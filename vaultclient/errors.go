package vaultclient

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The kinds of trouble a call can meet; every error of Client wraps one of them, or ErrInvalid, or a context's error.
// Advice has a sentence for each.
var (
	// ErrUnreachable: no connection, or it broke before an answer came.
	ErrUnreachable = errors.New("vault service unreachable")
	// ErrNoAnswer: the time for the answer ran out, or the caller gave up.
	ErrNoAnswer = errors.New("no answer in time")
	// ErrTLS: the secured connection could not be made; Error.Cause tells which of the ErrTLS causes below.
	ErrTLS = errors.New("secure connection refused")
	// ErrNotTLS: https was spoken to a service without a certificate. Always together with ErrTLS.
	ErrNotTLS = errors.New("the service speaks plain http")
	// ErrAuthority: the certificate is not signed by a known authority. Always together with ErrTLS.
	ErrAuthority = errors.New("certificate of an unknown authority")
	// ErrCertificateTime: the certificate has expired or is not valid yet. Always together with ErrTLS.
	ErrCertificateTime = errors.New("the certificate is out of date")
	// ErrCertificateName: the certificate is for another host. Always together with ErrTLS.
	ErrCertificateName = errors.New("the certificate is for another name")
	// ErrPin: the certificate is not the pinned one. Always together with ErrTLS.
	ErrPin = errors.New("certificate differs from the pinned fingerprint")
	// ErrKeyRefused: 401; also seen when the service cannot read its own configuration any more (PROTOCOL 4).
	ErrKeyRefused = errors.New("key refused or service configuration unreadable")
	// ErrKeyExpired: the key is past its expiry.
	ErrKeyExpired = errors.New("key expired")
	// ErrNotPermitted: the key's allow list lacks Error.Command (PROTOCOL 5).
	ErrNotPermitted = errors.New("command not permitted for this key")
	// ErrIPNotAllowed: the service's IP lists refuse this machine.
	ErrIPNotAllowed = errors.New("address not allowed by the vault service")
	// ErrRateLimited: 429, or our own budget has no room before the deadline; Error.Until says when to expect room.
	ErrRateLimited = errors.New("rate limited")
	// ErrQueueFull: 503, nothing was queued.
	ErrQueueFull = errors.New("queue of the vault service is full")
	// ErrQueueOff: the service runs without its request queue, so that changes cannot be sent safely (PROTOCOL 9.6).
	ErrQueueOff = errors.New("the vault service runs without its queue")
	// ErrExpired: a read waited too long in the service's queue and will not run.
	ErrExpired = errors.New("the command waited too long and was dropped")
	// ErrRequestUnknown: the service does not know the request id (any more), or it belongs to another key.
	ErrRequestUnknown = errors.New("request id unknown to the vault service")
	// ErrRefusedRequest: the service did not accept the form of the request; nothing ran.
	ErrRefusedRequest = errors.New("request not accepted by the vault service")
	// ErrNotService: the answer is not what Service Mode sends: an HTML page, a redirect, or JSON of another shape.
	ErrNotService = errors.New("answer is not from Service Mode")
	// ErrGarbled: the answer is empty, or JSON that breaks off or was changed on the way. Always together with ErrNotService.
	ErrGarbled = errors.New("answer is not whole")
	// ErrEncrypted: the answer is encrypted and the configured key does not open it.
	ErrEncrypted = errors.New("answer is encrypted")
	// ErrTooLarge: the answer is larger than the limit.
	ErrTooLarge = errors.New("answer too large")
	// ErrSessionLost: the service account is no longer logged in to Keeper (PROTOCOL 13).
	ErrSessionLost = errors.New("the service account is logged out")
	// ErrNotFound: the vault has no such object, or the service account cannot see it.
	ErrNotFound = errors.New("not found in the vault")
	// ErrAmbiguous: the name fits several objects.
	ErrAmbiguous = errors.New("name fits several objects")
	// ErrWrongObject: the UID names an object of another kind than was asked for.
	ErrWrongObject = errors.New("object of another kind")
	// ErrCommandFailed: the command ran and did not give what it should; Error.Text has the service's words.
	ErrCommandFailed = errors.New("the vault service reports a failure")
	// ErrMaybeQueued: a submit broke off after the request may have reached the service. Always together with another kind.
	ErrMaybeQueued = errors.New("the command may have been queued")
)

// Error says what was attempted, which kind of trouble came and what the service said. It never holds a command's arguments.
type Error struct {
	Op      string    // what was attempted: command word and verb, or "health", "queue status", "result"
	Kind    error     // one of the kinds above
	Text    string    // the service's words, foreign text, "" if it said nothing
	Command string    // for ErrNotPermitted the word the administrator must add
	Until   time.Time // for ErrRateLimited when there should be room again
	Limit   string    // for ErrRateLimited the service's limit in its own words, "60 per 1 minute"; "" if it was our own budget
	Spared  bool      // for ErrRateLimited: somebody who waits would have had a call; Polling leaves them theirs
	HTTP    int       // status code, 0 if there was no answer
	Maybe   bool      // wraps ErrMaybeQueued
	Cause   error     // what lies below, nil if nothing
}

// Error returns one line without advice.
func (e *Error) Error() string {
	s := e.Op + ": " + e.Kind.Error()
	if e.Maybe {
		s += " (" + ErrMaybeQueued.Error() + ")"
	}
	if e.Command != "" {
		s += ": " + e.Command
	}
	if e.Text != "" {
		s += fmt.Sprintf(": %q", e.Text)
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap gives errors.Is the kind, ErrMaybeQueued where it holds, and the cause.
func (e *Error) Unwrap() []error {
	errs := []error{e.Kind}
	if e.Maybe {
		errs = append(errs, ErrMaybeQueued)
	}
	if e.Cause != nil {
		errs = append(errs, e.Cause)
	}
	return errs
}

// Advice returns a plain sentence that says what a person can do about an error of this package, "" for any other error.
func Advice(err error) string {
	e := new(Error)
	found := errors.As(err, &e)
	if found && e.Kind == ErrNotPermitted && e.Command != "" {
		return fmt.Sprintf("Ask the administrator of the vault service to add the command %q to the allow list of this key.", e.Command)
	}
	if found && e.Kind == ErrRateLimited && !e.Until.IsZero() {
		return "Nothing was lost; the program goes on by itself at " + e.Until.Format("15:04:05") + "."
	}
	for _, a := range advice {
		if errors.Is(err, a.kind) {
			return a.sentence
		}
	}
	return ""
}

// advice is in order of precision: the first kind that fits wins.
var advice = []struct {
	kind     error
	sentence string
}{
	{ErrMaybeQueued, "Do not send it again by hand: the program looks in the vault whether it happened."},
	{ErrNotTLS, "The address begins with https:// but the service has no certificate: use http://, or give the service a certificate."},
	{ErrPin, "Someone may be in between, or the service has a new certificate: compare its fingerprint with the administrator before you change the pin."},
	{ErrAuthority, "Give the file of the authority that signed the service's certificate, or pin the certificate's fingerprint."},
	{ErrCertificateTime, "Have the administrator of the vault service renew its certificate; if it is good, set the clock of this machine."},
	{ErrCertificateName, "Write the address with a name that stands in the certificate, or have the certificate made for this one."},
	{ErrTLS, "Check the name, the date and the certificate of the vault service."},
	{ErrKeyExpired, "Ask the administrator of the vault service for a new key."},
	{ErrKeyRefused, "Check the key; if it worked before, have the service restarted, since it may be unable to read its own configuration."},
	{ErrNotPermitted, "Ask the administrator of the vault service to add the command to the allow list of this key."},
	{ErrIPNotAllowed, "Ask the administrator of the vault service to allow the address of this machine."},
	{ErrRateLimited, "Nothing was lost; the program goes on by itself within a minute."},
	{ErrQueueFull, "The vault service is busy; the program tries again by itself."},
	{ErrQueueOff, "Have the vault service started with its request queue (queue=y): without it answers of several callers are mixed."},
	{ErrExpired, "The vault service is stuck or very busy; look at its queue and try again."},
	{ErrRequestUnknown, "The service was restarted or the answer is older than an hour: the program looks in the vault whether it happened."},
	{ErrEncrypted, "Give the encryption key of the vault service (encryption_private_key) in the configuration."},
	{ErrTooLarge, "The vault's answer is larger than this program takes; ask for less, or for a larger limit."},
	{ErrGarbled, "The answer broke off or was changed on its way: look at the log of the vault service and at any proxy in between."},
	{ErrNotService, "Something else answers at this address: check host, port and path, whether it should begin with https://, and any proxy in between."},
	{ErrRefusedRequest, "This is a fault in the program or in something between it and the service; see the log."},
	{ErrSessionLost, "The service account must log in to Keeper again on the host of the vault service."},
	{ErrNotFound, "It was deleted, or is no longer shared with the service account."},
	{ErrAmbiguous, "Pick the object itself instead of its name."},
	{ErrWrongObject, "Pick an object of the right kind."},
	{ErrCommandFailed, "Read what the service said; its log on the host says more."},
	{ErrUnreachable, "Check that the vault service runs and that its address is right; if it has a certificate the address must begin with https://."},
	{ErrInvalid, "Change the value: the vault service cannot take it as it is."},
	{ErrNoAnswer, "The vault service did not answer in time; it may be busy with a slow command."},
}

// errorWord names an error in the traffic log.
func errorWord(err error) string {
	for _, w := range []struct {
		kind error
		word string
	}{
		{ErrMaybeQueued, "maybe queued"}, {ErrTLS, "tls"}, {ErrKeyExpired, "key expired"}, {ErrKeyRefused, "key refused"},
		{ErrNotPermitted, "not permitted"}, {ErrIPNotAllowed, "address refused"}, {ErrRateLimited, "rate limited"},
		{ErrQueueFull, "queue full"}, {ErrQueueOff, "queue off"}, {ErrExpired, "expired"}, {ErrRequestUnknown, "request unknown"},
		{ErrEncrypted, "encrypted"}, {ErrTooLarge, "too large"}, {ErrNotService, "not the service"},
		{ErrRefusedRequest, "request refused"}, {ErrSessionLost, "session lost"}, {ErrUnreachable, "unreachable"},
		{ErrNoAnswer, "no answer"}, {context.DeadlineExceeded, "timed out"}, {context.Canceled, "cancelled"},
	} {
		if errors.Is(err, w.kind) {
			return w.word
		}
	}
	return "error"
}
