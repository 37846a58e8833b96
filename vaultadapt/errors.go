package vaultadapt

import (
	"context"
	"errors"

	"countersign/vaultclient"
	"countersign/workflow"
)

// kinds sorts the client's errors for screens, the most particular first.
var kinds = []struct {
	is   error
	kind workflow.VaultErrorKind
	text string
}{
	{vaultclient.ErrNotTLS, workflow.VaultUnreachable, "the vault service speaks plain http, not https"},
	{vaultclient.ErrPin, workflow.VaultUnreachable, "the vault service shows another certificate than the pinned one"},
	{vaultclient.ErrAuthority, workflow.VaultUnreachable, "the vault service's certificate is not from a known authority"},
	{vaultclient.ErrCertificateTime, workflow.VaultUnreachable, "the vault service's certificate has expired, or is not valid yet"},
	{vaultclient.ErrCertificateName, workflow.VaultUnreachable, "the vault service's certificate is for another name"},
	{vaultclient.ErrTLS, workflow.VaultUnreachable, "no secure connection to the vault service could be made"},
	{vaultclient.ErrKeyExpired, workflow.VaultKeyExpired, "the vault service's key has expired"},
	{vaultclient.ErrKeyRefused, workflow.VaultKeyRefused, "the vault service refuses the key"},
	{vaultclient.ErrIPNotAllowed, workflow.VaultKeyRefused, "the vault service does not allow this machine's address"},
	{vaultclient.ErrNotPermitted, workflow.VaultNotPermitted, "the key may not run this command"},
	{vaultclient.ErrRateLimited, workflow.VaultLimited, "the vault service's rate limit is used up"},
	{vaultclient.ErrQueueFull, workflow.VaultBusy, "the vault service's queue is full"},
	{vaultclient.ErrExpired, workflow.VaultBusy, "the command waited too long in the vault service's queue"},
	{vaultclient.ErrQueueOff, workflow.VaultGarbage, "the vault service runs without its queue"},
	{vaultclient.ErrSessionLost, workflow.VaultSession, "the vault service is logged out of Keeper"},
	{vaultclient.ErrRequestUnknown, workflow.VaultGone, "the vault service no longer has the answer"},
	{vaultclient.ErrNotFound, workflow.VaultGone, "the vault does not have it"},
	{vaultclient.ErrWrongObject, workflow.VaultGone, "the vault has something else under that UID"},
	{vaultclient.ErrAmbiguous, workflow.VaultAmbiguous, "several things in the vault fit"},
	{vaultclient.ErrEncrypted, workflow.VaultGarbage, "the vault service's answers are encrypted, and the configured key does not open them"},
	{vaultclient.ErrTooLarge, workflow.VaultGarbage, "the vault service's answer is too large"},
	{vaultclient.ErrNotService, workflow.VaultGarbage, "what answers there is not the vault service"},
	{vaultclient.ErrRefusedRequest, workflow.VaultFailed, "the vault service did not accept the request"},
	{vaultclient.ErrInvalid, workflow.VaultFailed, "the vault service cannot take a value as it is"},
	{vaultclient.ErrNoAnswer, workflow.VaultUnreachable, "the vault service did not answer in time"},
	{vaultclient.ErrUnreachable, workflow.VaultUnreachable, "the vault service cannot be reached"},
	{vaultclient.ErrCommandFailed, workflow.VaultFailed, "the vault service reports a failure"},
}

// explain turns an error of the client into a *workflow.VaultError; nil and the
// context's errors stay what they are.
func explain(err error) error {
	var e *vaultclient.Error
	if err == nil || !errors.As(err, &e) && isContext(err) {
		return err
	}
	out := &workflow.VaultError{Kind: workflow.VaultFailed, Text: err.Error(), Advice: vaultclient.Advice(err), Err: err}
	for _, k := range kinds {
		if errors.Is(err, k.is) {
			out.Kind, out.Text = k.kind, k.text
			break
		}
	}
	if e == nil {
		if out.Kind == workflow.VaultFailed && errors.Is(err, vaultclient.ErrInvalid) {
			out.Text += ": " + err.Error()
		}
		return out
	}
	out.Until, out.Spared = e.Until, e.Spared
	if e.Command != "" {
		out.Text = "the key may not run the command " + e.Command
	}
	if e.Text != "" {
		out.Text += ": " + e.Text
	}
	return out
}

// refusalAdvice says what to do about a refusal whose words do not, "" where they
// do or nothing can be done here.
func refusalAdvice(r vaultclient.Refusal) string {
	switch r {
	case vaultclient.NoRotation:
		return "the vault can change a password by itself only in a pamUser record with rotation set up: set it up in Keeper, or order again without it"
	case vaultclient.AccessDenied:
		return "the service account may not do this: let it share the record, or manage the users of the folder"
	case vaultclient.ObjectMissing:
		return "it was deleted, or is no longer shared with the service account"
	case vaultclient.BadField:
		return "the vault's records of this type do not take one of the fields: have a Keeper admin look at the record type, or leave the field empty"
	case vaultclient.PasswordPolicy:
		return "the enterprise's password policy does not take the password: have the vault make up a longer one, or type one that fits"
	case vaultclient.TypeBarred:
		return "the enterprise does not let the service account make records of this type: have a Keeper admin allow it, or order another type"
	case vaultclient.BadRecordType:
		return "the vault does not know this type of record: have a Keeper admin look at the record types"
	case vaultclient.LegacyRecord:
		return "this is a record of the old format: have its owner convert it in Keeper's web vault"
	case vaultclient.OutOfSync:
		return "somebody changed the record at the same time: plan it again"
	}
	return ""
}

func isContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// explainSubmit is explain for an order: anything but "may have been queued" is
// certain not to have been sent.
func explainSubmit(err error) error {
	out := &workflow.VaultError{Kind: workflow.VaultBusy, Text: "the order had no turn in time", Err: err}
	errors.As(explain(err), &out)
	out.NotSent = !errors.Is(err, vaultclient.ErrMaybeQueued)
	return out
}
