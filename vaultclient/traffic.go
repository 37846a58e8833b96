package vaultclient

import "time"

// Exchange is one call to the service, for the traffic log. It holds no secret.
type Exchange struct {
	At       time.Time     // when the call was asked for
	Path     Path          // which budget it used
	Word     string        // command word, "" for calls that carry none
	Verb     string        // verb of a group command
	Command  string        // command text with dots for secrets, "" for calls that carry none
	Target   UID           // the object the command acts on, where it names one
	Priority Priority      // with which it waited
	Wait     time.Duration // for the budget
	Run      time.Duration // from dialling to the end of the answer
	HTTP     int           // status code, 0 if there was no answer
	Bytes    int           // of the answer
	Outcome  string        // answered, failed, queued, waiting, or a word for Err
	Request  RequestID     // of a submitted command
	Err      error         // nil if the call as such went well
}
