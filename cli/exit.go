package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"countersign/config"
	"countersign/demo"
	"countersign/model"
	"countersign/store"
	"countersign/workflow"
)

// Code is the program's exit code.
type Code int

// The exit codes. Scripts rely on them: none ever changes its meaning.
const (
	CodeOK Code = iota
	CodeFailure
	CodeUsage
	CodeNotFound
	CodeNotAllowed
	CodeTooLate
	CodeVaultAway
	CodeConfig
	CodeQueue
	CodeBroken
	CodeRefused
	CodeUnknown
	CodeWaits
	CodeNothing
	CodeInterrupted Code = 130
)

// codes says what each code means, for the help.
func codes() []struct {
	code  Code
	means string
} {
	return []struct {
		code  Code
		means string
	}{
		{CodeOK, "done"},
		{CodeFailure, "failed for another reason than those below"},
		{CodeUsage, "the command was not written as it should be"},
		{CodeNotFound, "nothing with that number or UID exists"},
		{CodeNotAllowed, "you may not do that"},
		{CodeTooLate, "already decided, taken or changed by somebody else"},
		{CodeVaultAway, "the vault service or the worker cannot be reached"},
		{CodeConfig, "the configuration or the people file is missing or wrong"},
		{CodeQueue, "the queue's files cannot be used: full disk, no permission, damage"},
		{CodeBroken, "the audit chain was changed"},
		{CodeRefused, "the vault service has refused an order"},
		{CodeUnknown, "the outcome of an order is not known yet; the worker is looking for it"},
		{CodeWaits, "an order waits: for its time, or until an invitation is accepted"},
		{CodeNothing, "nothing waits for you (waiting --quiet)"},
		{CodeInterrupted, "interrupted"},
	}
}

// codesHelp is the table of exit codes as the help prints it.
func codesHelp() string {
	var b strings.Builder
	for _, c := range codes() {
		fmt.Fprintf(&b, "%3d  %s\n", c.code, c.means)
	}
	return strings.TrimRight(b.String(), "\n")
}

// usageError is a command that was not written as it should be.
type usageError struct {
	text   string
	advice string
}

func (e *usageError) Error() string { return e.text }

func usage(format string, args ...any) error { return &usageError{text: fmt.Sprintf(format, args...)} }

// problem is an error with its code and advice for people.
type problem struct {
	code   Code
	text   string
	advice string
}

// explain turns an error into what people and scripts are told.
func explain(err error) problem {
	var (
		use      *usageError
		invalid  workflow.Invalid
		denied   *model.Denied
		conflict *workflow.Conflict
		vault    *workflow.VaultError
		fault    *store.Fault
		conf     *config.Error
		broken   *brokenChain
		people   *peopleError
		open     *notDone
		ill      *unwell
		bad      *store.BadBackup
		newer    *store.Newer
		unproven *workflow.Unproven
		export   *workflow.BadExport
	)
	switch {
	case errors.Is(err, context.Canceled):
		return problem{CodeInterrupted, "interrupted", ""}
	case errors.As(err, &use):
		return problem{CodeUsage, use.text, use.advice}
	case errors.As(err, &people):
		return problem{CodeConfig, people.Error(), "nothing was changed"}
	case errors.As(err, &invalid):
		return problem{CodeUsage, invalidWords(invalid), ""}
	case errors.As(err, &conflict):
		return problem{CodeTooLate, conflictWords(conflict), ""}
	case errors.As(err, &denied):
		return problem{deniedCode(denied.Code), err.Error(), ""}
	case errors.As(err, &vault) && vault.Kind == workflow.VaultGone:
		return problem{CodeNotFound, vault.Text, vault.Advice}
	case errors.As(err, &vault):
		return problem{CodeVaultAway, vault.Text, vault.Advice}
	case errors.As(err, &bad):
		return problem{CodeQueue, bad.Error(), "take another backup, with its record; the queue was not touched"}
	case errors.As(err, &newer):
		return problem{CodeUsage, newer.Error(), "to go back to the backup all the same: --replace; what is replaced is kept"}
	case errors.As(err, &export):
		return problem{CodeUsage, export.Error(), "make one by: countersign audit export"}
	case errors.As(err, &unproven):
		return problem{CodeUsage, err.Error(), "take one with its record beside it, FILE.json, signed by the key of this queue; to take this one all the same: --no-record"}
	case errors.As(err, &fault):
		return problem{CodeQueue, err.Error(), fault.Advice()}
	case errors.Is(err, errFolder):
		return problem{CodeQueue, err.Error(), "check [store] dir in the configuration"}
	case errors.As(err, &conf) && errors.Is(err, errDamagedConfig):
		return problem{CodeConfig, conf.Error(), errDamagedConfig.Error()}
	case errors.As(err, &conf):
		return problem{CodeConfig, conf.Error(), "config.toml.example explains every key"}
	case errors.Is(err, config.ErrNoConfig):
		return problem{CodeConfig, err.Error(), noConfigAdvice}
	case errors.Is(err, errNoKeys):
		return problem{CodeConfig, err.Error(), "add one first: countersign people key add LOGIN < KEY.pub"}
	case errors.Is(err, errRoot):
		return problem{CodeConfig, err.Error(), "start it by a plain account that owns the queue's folder, or name that as user under [serve]"}
	case errors.Is(err, config.ErrNoSecret), errors.Is(err, config.ErrExposed), errors.Is(err, errConfig), errors.Is(err, errPeople):
		return problem{CodeConfig, err.Error(), ""}
	case errors.Is(err, errNothing):
		return problem{code: CodeNothing}
	case errors.As(err, &ill):
		return problem{ill.code, ill.Error(), ""}
	case errors.As(err, &open):
		return explainOpen(open)
	case errors.As(err, &broken):
		return problem{CodeBroken, broken.Error(), "keep the queue's folder as it is, and compare it with a backup and with exported heads"}
	case errors.Is(err, workflow.ErrNotFound):
		return problem{CodeNotFound, err.Error(), ""}
	case errors.Is(err, errNobody):
		return problem{CodeNotAllowed, err.Error(), "run: countersign setup; or write a people file and run: countersign people apply FILE; whoever applies the first one becomes an admin"}
	case errors.Is(err, workflow.ErrUnknownPerson):
		return problem{CodeNotAllowed, err.Error(), "an admin can add you to the people file and run: countersign people apply FILE"}
	case errors.Is(err, workflow.ErrLastAdmin):
		return problem{CodeNotAllowed, err.Error(), ""}
	case errors.Is(err, demo.ErrNoDemo):
		return problem{CodeUsage, err.Error(), ""}
	}
	return problem{CodeFailure, err.Error(), ""}
}

// explainOpen is what is told of orders that are not done.
func explainOpen(e *notDone) problem {
	switch e.state {
	case model.OpRefused:
		return problem{CodeRefused, e.text, ""}
	case model.OpUnknown:
		return problem{CodeUnknown, e.text, "do not repeat it: countersign show tells what was found"}
	case model.OpScheduled:
		return problem{CodeWaits, e.text, ""}
	}
	return problem{CodeFailure, e.text, ""}
}

// conflictWords says who was first and when; with the day, since that may be long
// ago.
func conflictWords(c *workflow.Conflict) string {
	if !c.Decided || c.At.IsZero() {
		return c.Error()
	}
	by := c.By
	if by == "" {
		by = "the program"
	}
	state := c.State.Words()
	if c.Endpoint != "" {
		state = c.Endpoint.Words()
	}
	return fmt.Sprintf("%s is already %s: by %s at %s", c.Number, state, by, c.At.Format("2006-01-02 15:04:05 MST"))
}

// deniedCode tells what a person may never do from what is only too late.
func deniedCode(c model.DenyCode) Code {
	switch c {
	case model.DenyDecided, model.DenyVoted, model.DenyTaken, model.DenyState, model.DenyInFlight:
		return CodeTooLate
	}
	return CodeNotAllowed
}

// invalidWords lists complaints by field, in a fixed order.
func invalidWords(i workflow.Invalid) string {
	parts := make([]string, 0, len(i))
	for _, field := range sortedKeys(i) {
		// Some sentences name their field themselves.
		parts = append(parts, field+": "+strings.TrimPrefix(i[field], field+": "))
	}
	return strings.Join(parts, "\n")
}

// noConfigAdvice is how to get a configuration, in two lines.
const noConfigAdvice = `set it up: countersign setup; or name a configuration: --config PATH
or look around first, without a vault and without a configuration: countersign demo`

// denyCode is the code of a refusal by the rules, "" for another error.
func denyCode(err error) model.DenyCode {
	var denied *model.Denied
	if errors.As(err, &denied) {
		return denied.Code
	}
	return ""
}
