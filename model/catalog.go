package model

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// ItemKey names a catalog item in the store, the configuration and commands.
type ItemKey string

// The twelve items of the catalog (DESIGN 3).
const (
	ItemRecordAccess ItemKey = "record-access"
	ItemFolderAccess ItemKey = "folder-access"
	ItemOneTimeShare ItemKey = "one-time-share"
	ItemLogin        ItemKey = "login"
	ItemDatabase     ItemKey = "database"
	ItemServer       ItemKey = "server"
	ItemSSHKey       ItemKey = "ssh-key"
	ItemLicense      ItemKey = "license"
	ItemNote         ItemKey = "note"
	ItemMembership   ItemKey = "membership"
	ItemSearchRecord ItemKey = "search-record"
	ItemSearchFolder ItemKey = "search-folder"
)

// ItemRevoke is the taking of access that was not granted here. It is no item of
// the catalog: an admin begins it with what is to be taken.
const ItemRevoke ItemKey = "revoke-access"

// Category groups items on the catalog screen.
type Category string

// The three categories.
const (
	CategoryAccess Category = "Access"
	CategoryStore  Category = "Store"
	CategorySearch Category = "Search"
)

// FieldKind says how a field is asked, checked and sent.
type FieldKind string

// The kinds of field.
const (
	FieldText      FieldKind = "text"
	FieldMultiline FieldKind = "multiline"
	FieldSecret    FieldKind = "secret" // masked, may be generated, sealed at once
	FieldURL       FieldKind = "url"
	FieldDate      FieldKind = "date"
	FieldHostPort  FieldKind = "host"
	FieldName      FieldKind = "name"
	FieldKeyPair   FieldKind = "keypair"
	FieldTOTP      FieldKind = "totp"
	FieldRecord    FieldKind = "record" // picked from the index
	FieldFolder    FieldKind = "folder"
	FieldRight     FieldKind = "right"
	FieldLimit     FieldKind = "limit"
	FieldEmail     FieldKind = "email"
	FieldReason    FieldKind = "reason" // the justification
	FieldYesNo     FieldKind = "yes or no"
)

// Field is one field of an item's form. The form, its validation, the
// approver's view and the vault command are all derived from it.
type Field struct {
	Key      string // in answers and the store
	Label    string
	Hint     string
	Kind     FieldKind
	Required bool
	Max      int    // bytes; 0 means the kind's own limit
	Vault    string // the field's name in record-add (PROTOCOL 12.5), empty if none
	Sealed   bool   // secret by its use, though its kind is not
	// Advanced is set for what most people leave as it is.
	Advanced bool
}

// Item is one thing people can order.
type Item struct {
	Key      ItemKey
	Category Category
	Name     string
	Summary  string // one line for the catalog
	// Target is what the request is about: what access is asked to, or the folder
	// that a new record goes to.
	Target     TargetKind
	Rights     []Right // that may be asked for
	RecordType string  // of the record that it creates
	// TitleFrom lists the fields whose answers make up a title where none is
	// typed, joined by " @ ".
	TitleFrom []string
	Fields    []Field
	// Offered is false for an item that this version lists but cannot carry out.
	Offered bool
}

// Field returns the item's field with the key.
func (i Item) Field(key string) (Field, bool) {
	n := slices.IndexFunc(i.Fields, func(f Field) bool { return f.Key == key })
	if n < 0 {
		return Field{}, false
	}
	return i.Fields[n], true
}

// Grants reports whether the item gives somebody access to something.
func (i Item) Grants() bool { return len(i.Rights) > 0 }

// FindItem returns the item with the key, also where it cannot be ordered.
func FindItem(key ItemKey) (Item, bool) {
	items := append(Catalog(), internalItems()...)
	n := slices.IndexFunc(items, func(i Item) bool { return i.Key == key })
	if n < 0 {
		return Item{}, false
	}
	return items[n], true
}

// Answers lists the fields whose answers are kept as Answer or sealed: all but
// those that a request has a place of its own for.
func (i Item) Answers() []Field {
	var own []Field
	for _, f := range i.Fields {
		switch f.Key {
		case "record", "folder", "for", "right", "limit", "justification":
			continue
		}
		own = append(own, f)
	}
	return own
}

// MakeTitle makes the title of a new record from the answers: "app @ db1:5432",
// or the item's name where there is nothing to make it from.
func (i Item) MakeTitle(answers map[string]string) string {
	var parts []string
	for _, key := range i.TitleFrom {
		if text := answers[key]; text != "" {
			parts = append(parts, text)
		}
	}
	if len(parts) == 0 {
		return i.Name
	}
	title := strings.Join(parts, " @ ")
	for len(title) > MaxTitle {
		_, size := utf8.DecodeLastRuneInString(title)
		title = title[:len(title)-size]
	}
	return strings.TrimSpace(title)
}

// MaxTitle is how many bytes the title of a new record may have.
const MaxTitle = 200

// Creates reports whether the item makes a new record.
func (i Item) Creates() bool { return i.RecordType != "" }

// Searches reports whether the item is answered from the index, without a
// request where policy does not ask for one.
func (i Item) Searches() bool { return i.Category == CategorySearch }

// Catalog returns the twelve items in the order of the catalog screen.
func Catalog() []Item { return append(accessItems(), append(storeItems(), searchItems()...)...) }

// internalItems cannot be ordered: they are what admins do by themselves, kept
// as requests so that they have a number, a history and evidence.
func internalItems() []Item {
	return []Item{
		{Key: ItemRevoke, Category: CategoryAccess, Name: "Revoke access", Summary: "Take access that was not granted here", Target: TargetRecord},
	}
}

func reasonField() Field {
	return Field{Key: "justification", Label: "Why", Kind: FieldReason, Required: true,
		Hint: "10 to 500 characters; ticket numbers and links are kept as typed", Max: MaxJustification}
}

func accessItems() []Item {
	recipient := Field{Key: "for", Label: "For", Kind: FieldEmail, Required: true, Hint: "the Keeper address that gets the access"}
	right := Field{Key: "right", Label: "Rights", Kind: FieldRight, Required: true}
	limit := Field{Key: "limit", Label: "How long", Kind: FieldLimit, Required: true}
	rotate := Field{Key: FieldRotate, Label: "Rotate", Kind: FieldYesNo, Advanced: true,
		Hint: "change the password when the access ends; for PAM users only"}
	record := Field{Key: "record", Label: "Record", Kind: FieldRecord, Required: true, Hint: "type a part of its title, or its UID"}
	return []Item{
		{Key: ItemRecordAccess, Category: CategoryAccess, Name: "Request access to record",
			Summary: "See, edit, share or own one record, for a time or for good",
			Target:  TargetRecord, Rights: RecordRights(), Offered: true,
			Fields: []Field{record, recipient, right, limit, rotate, reasonField()}},
		{Key: ItemFolderAccess, Category: CategoryAccess, Name: "Request access to folder",
			Summary: "Join a shared folder and everything in it",
			Target:  TargetFolder, Rights: FolderRights(), Offered: true,
			Fields: []Field{
				{Key: "folder", Label: "Folder", Kind: FieldFolder, Required: true, Hint: "type a part of its name, or its UID"},
				recipient, right, limit,
				{Key: FieldDefaults, Label: "Records", Kind: FieldRight, Advanced: true,
					Hint: "what all members may do with records that are put in later; empty leaves it"},
				reasonField(),
			}},
		{Key: ItemOneTimeShare, Category: CategoryAccess, Name: "Request one-time share",
			Summary: "A link to one record for somebody without a Keeper account",
			Target:  TargetRecord, Rights: []Right{RightView, RightEdit}, Offered: true,
			Fields: []Field{record, right, limit, reasonField()}},
	}
}

func storeItems() []Item {
	title := Field{Key: FieldTitle, Label: "Title", Kind: FieldText, Max: MaxTitle, Hint: "left empty, it is made from what you fill in"}
	place := Field{Key: "folder", Label: "Folder", Kind: FieldFolder, Hint: "a shared folder to put it in; left empty, who carries it out chooses"}
	shareIt := Field{Key: FieldShareIt, Label: "Share with me", Kind: FieldRight, Hint: "what you may do with the new record; left empty, nothing"}
	store := func(key ItemKey, name, summary, recordType string, from []string, fields ...Field) Item {
		all := append([]Field{title}, fields...)
		return Item{Key: key, Category: CategoryStore, Name: name, Summary: summary, Target: TargetFolder, RecordType: recordType,
			TitleFrom: from, Offered: true,
			Fields: append(all, place, shareIt, reasonField())}
	}
	login := Field{Key: "login", Label: "User name", Kind: FieldText, Vault: "login"}
	password := Field{Key: "password", Label: "Password", Kind: FieldSecret, Vault: "password", Hint: "generated in the vault unless you type one"}
	host := Field{Key: "host", Label: "Host and port", Kind: FieldHostPort, Vault: "host", Hint: "such as db1.example.com:5432"}
	return []Item{
		store(ItemLogin, "Login", "A user name and password for a site or service", "login", []string{"login", "url"},
			login, password,
			Field{Key: "url", Label: "Address", Kind: FieldURL, Vault: "url", Hint: "such as https://example.com/login"},
			Field{Key: "totp", Label: "Two-factor seed", Kind: FieldTOTP, Vault: "oneTimeCode", Hint: "the otpauth:// address, or the seed"},
			Field{Key: FieldDestroys, Label: "Self-destruct", Kind: FieldLimit, Advanced: true,
				Hint: "how long a link lives that shows the record once and then destroys it"}),
		store(ItemDatabase, "Database credentials", "How to reach a database, and as whom", "databaseCredentials", []string{"login", "host"},
			Field{Key: "dbtype", Label: "Kind of database", Kind: FieldText, Vault: "text.type", Hint: "such as PostgreSQL"}, host, login, password),
		store(ItemServer, "Server credentials", "How to reach a server, and as whom", "serverCredentials", []string{"login", "host"}, host, login, password),
		store(ItemSSHKey, "SSH key", "A key pair, generated in the vault unless you bring one", "sshKeys", []string{"login", "host"},
			login, Field{Key: "keypair", Label: "Key pair", Kind: FieldKeyPair, Vault: "keyPair", Hint: "generated in the vault unless you paste one"},
			Field{Key: "passphrase", Label: "Passphrase", Kind: FieldSecret, Vault: "text.passphrase", Hint: "of the key you paste"}, host),
		store(ItemLicense, "Software license", "A license key with its dates", "softwareLicense", nil,
			Field{Key: "license", Label: "License", Kind: FieldMultiline, Vault: "licenseNumber", Sealed: true},
			Field{Key: "expires", Label: "Expires", Kind: FieldDate, Vault: "expirationDate", Hint: "as 2027-12-31"},
			Field{Key: "active", Label: "Active from", Kind: FieldDate, Vault: "date.dateActive", Hint: "as 2026-01-01"}),
		store(ItemNote, "Secure note", "A text that only some may read", "encryptedNotes", nil,
			Field{Key: "note", Label: "Note", Kind: FieldMultiline, Required: true, Vault: "note", Sealed: true},
			Field{Key: "date", Label: "Date", Kind: FieldDate, Vault: "date", Hint: "as 2026-12-31"}),
		store(ItemMembership, "Membership", "A membership number, with its name and password", "membership", []string{"name", "account"},
			Field{Key: "account", Label: "Number", Kind: FieldText, Vault: "accountNumber"},
			Field{Key: "name", Label: "Name", Kind: FieldName, Vault: "name"}, password),
	}
}

func searchItems() []Item {
	words := Field{Key: FieldWords, Label: "What", Kind: FieldText, Required: true, Max: MaxDescription, Hint: "words of its title, or its UID"}
	return []Item{
		{Key: ItemSearchRecord, Category: CategorySearch, Name: "Search record", Offered: true, Fields: []Field{words, reasonField()},
			Summary: "Find a record by its title, and see whether you have it", Target: TargetRecord},
		{Key: ItemSearchFolder, Category: CategorySearch, Name: "Search folder", Offered: true, Fields: []Field{words, reasonField()},
			Summary: "Find a shared folder by its name", Target: TargetFolder},
	}
}
