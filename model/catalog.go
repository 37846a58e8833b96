package model

import "slices"

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
)

// Field is one field of an item's form. The form, its validation, the
// approver's view and the vault command are all derived from it.
type Field struct {
	Key      string // in answers and the store
	Label    string
	Hint     string
	Kind     FieldKind
	Required bool
	Max      int    // characters; 0 means the kind's own limit
	Vault    string // the field's name in record-add (PROTOCOL 12.5), empty if none
}

// Item is one thing people can order.
type Item struct {
	Key        ItemKey
	Category   Category
	Name       string
	Summary    string // one line for the catalog
	Target     TargetKind
	Rights     []Right // that may be asked for
	RecordType string  // of the record that it creates
	Fields     []Field
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

// FindItem returns the item with the key.
func FindItem(key ItemKey) (Item, bool) {
	items := Catalog()
	n := slices.IndexFunc(items, func(i Item) bool { return i.Key == key })
	if n < 0 {
		return Item{}, false
	}
	return items[n], true
}

// Catalog returns the twelve items in the order of the catalog screen.
func Catalog() []Item {
	reason := Field{Key: "justification", Label: "Why", Kind: FieldReason, Required: true,
		Hint: "10 to 500 characters; ticket numbers and links are kept as typed", Max: MaxJustification}
	recipient := Field{Key: "for", Label: "For", Kind: FieldEmail, Required: true,
		Hint: "the Keeper address that gets the access"}
	store := func(key ItemKey, name, summary, recordType string, fields ...Field) Item {
		title := Field{Key: "title", Label: "Title", Kind: FieldText, Required: true, Max: 200}
		return Item{Key: key, Category: CategoryStore, Name: name, Summary: summary, RecordType: recordType,
			Fields: append(append([]Field{title}, fields...), reason)}
	}
	login := Field{Key: "login", Label: "User name", Kind: FieldText, Vault: "login"}
	password := Field{Key: "password", Label: "Password", Kind: FieldSecret, Vault: "password", Hint: "generated in the vault unless you type one"}
	host := Field{Key: "host", Label: "Host and port", Kind: FieldHostPort, Vault: "host"}

	return []Item{
		{Key: ItemRecordAccess, Category: CategoryAccess, Name: "Request access to record",
			Summary: "See, edit, share or own one record, for a time or for good",
			Target:  TargetRecord, Rights: RecordRights(), Offered: true,
			Fields: []Field{
				{Key: "record", Label: "Record", Kind: FieldRecord, Required: true, Hint: "type a part of its title, or its UID"},
				recipient,
				{Key: "right", Label: "Rights", Kind: FieldRight, Required: true},
				{Key: "limit", Label: "How long", Kind: FieldLimit, Required: true},
				reason,
			}},
		{Key: ItemFolderAccess, Category: CategoryAccess, Name: "Request access to folder",
			Summary: "Join a shared folder and everything in it",
			Target:  TargetFolder, Rights: FolderRights(),
			Fields: []Field{
				{Key: "folder", Label: "Folder", Kind: FieldFolder, Required: true},
				recipient,
				{Key: "right", Label: "Rights", Kind: FieldRight, Required: true},
				{Key: "limit", Label: "How long", Kind: FieldLimit, Required: true},
				reason,
			}},
		{Key: ItemOneTimeShare, Category: CategoryAccess, Name: "Request one-time share",
			Summary: "A link to one record for somebody without a Keeper account",
			Target:  TargetRecord, Rights: []Right{RightView, RightEdit},
			Fields: []Field{
				{Key: "record", Label: "Record", Kind: FieldRecord, Required: true},
				{Key: "right", Label: "Rights", Kind: FieldRight, Required: true},
				{Key: "limit", Label: "How long", Kind: FieldLimit, Required: true},
				reason,
			}},
		store(ItemLogin, "Login", "A user name and password for a site or service", "login",
			login, password,
			Field{Key: "url", Label: "Address", Kind: FieldURL, Vault: "url"},
			Field{Key: "totp", Label: "Two-factor seed", Kind: FieldTOTP, Vault: "oneTimeCode"}),
		store(ItemDatabase, "Database credentials", "How to reach a database, and as whom", "databaseCredentials",
			Field{Key: "dbtype", Label: "Kind of database", Kind: FieldText, Vault: "text.type"}, host, login, password),
		store(ItemServer, "Server credentials", "How to reach a server, and as whom", "serverCredentials", host, login, password),
		store(ItemSSHKey, "SSH key", "A key pair, made in the vault unless you bring one", "sshKeys",
			login, Field{Key: "keypair", Label: "Key pair", Kind: FieldKeyPair, Vault: "keyPair"},
			Field{Key: "passphrase", Label: "Passphrase", Kind: FieldSecret, Vault: "text.passphrase"}, host),
		store(ItemLicense, "Software license", "A license key with its dates", "softwareLicense",
			Field{Key: "license", Label: "License", Kind: FieldMultiline, Vault: "licenseNumber"},
			Field{Key: "expires", Label: "Expires", Kind: FieldDate, Vault: "expirationDate"},
			Field{Key: "active", Label: "Active from", Kind: FieldDate, Vault: "date.dateActive"}),
		store(ItemNote, "Secure note", "A text that only some may read", "encryptedNotes",
			Field{Key: "note", Label: "Note", Kind: FieldMultiline, Required: true, Vault: "note"},
			Field{Key: "date", Label: "Date", Kind: FieldDate, Vault: "date"}),
		store(ItemMembership, "Membership", "A membership number, with its name and password", "membership",
			Field{Key: "account", Label: "Number", Kind: FieldText, Vault: "accountNumber"},
			Field{Key: "name", Label: "Name", Kind: FieldName, Vault: "name"}, password),
		{Key: ItemSearchRecord, Category: CategorySearch, Name: "Search record",
			Summary: "Find a record by its title, and see whether you have it", Target: TargetRecord},
		{Key: ItemSearchFolder, Category: CategorySearch, Name: "Search folder",
			Summary: "Find a shared folder by its name", Target: TargetFolder},
	}
}
