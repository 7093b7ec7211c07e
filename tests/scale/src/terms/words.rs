//! Words that titles are made of, the commonest first.

/// What goes before a process.
#[rustfmt::skip]
pub(super) const QUALIFIERS: [&str; 55] = [
    "acute", "chronic", "other specified", "unspecified", "primary", "secondary", "recurrent", "severe", "mild",
    "moderate", "benign", "malignant", "congenital", "acquired", "idiopathic", "traumatic", "nontraumatic",
    "displaced", "nondisplaced", "open", "closed", "partial", "complete", "superficial", "deep", "diffuse",
    "localized", "generalized", "progressive", "subacute", "drug-induced", "postprocedural", "hereditary", "juvenile",
    "adult-onset", "early-onset", "late-onset", "intermittent", "persistent", "refractory", "uncomplicated",
    "complicated", "infective", "noninfective", "allergic", "autoimmune", "ischemic", "hemorrhagic", "obstructive",
    "restrictive", "erosive", "nonerosive", "pathological", "spontaneous", "naïve",
];

/// What has happened.
#[rustfmt::skip]
pub(super) const PROCESSES: [&str; 139] = [
    "fracture", "injury", "disorder", "infection", "neoplasm", "pain", "inflammation", "laceration", "contusion",
    "dislocation", "sprain", "ulcer", "burn", "edema", "hemorrhage", "abscess", "stenosis", "degeneration",
    "effusion", "embolism", "thrombosis", "neuropathy", "arthritis", "arthropathy", "osteomyelitis", "osteoporosis",
    "necrosis", "fibrosis", "atrophy", "hypertrophy", "hyperplasia", "dysplasia", "cyst", "polyp", "prolapse",
    "hernia", "obstruction", "perforation", "rupture", "fistula", "calculus", "insufficiency", "failure",
    "infarction", "ischemia", "aneurysm", "dissection", "varices", "phlebitis", "lymphadenitis", "lymphoma",
    "leukemia", "sarcoma", "carcinoma", "melanoma", "adenoma", "lipoma", "hemangioma", "anemia", "deficiency",
    "poisoning", "adverse effect", "toxicity", "underdosing", "abrasion", "blister", "foreign body", "bite",
    "puncture wound", "crushing injury", "amputation", "strain", "subluxation", "instability", "contracture",
    "stiffness", "ankylosis", "bursitis", "tendinitis", "synovitis", "myositis", "myopathy", "paralysis", "palsy",
    "paresis", "seizures", "tremor", "dystonia", "neuralgia", "radiculopathy", "myelopathy", "encephalopathy",
    "meningitis", "encephalitis", "retinopathy", "keratitis", "conjunctivitis", "glaucoma", "cataract", "uveitis",
    "otitis", "hearing loss", "vertigo", "rhinitis", "sinusitis", "pharyngitis", "laryngitis", "bronchitis",
    "pneumonia", "asthma", "emphysema", "fibrillation", "flutter", "cardiomyopathy", "pericarditis", "endocarditis",
    "hypertension", "hypotension", "gastritis", "esophagitis", "colitis", "enteritis", "hepatitis", "cirrhosis",
    "cholecystitis", "pancreatitis", "peritonitis", "nephritis", "nephropathy", "cystitis", "prostatitis",
    "dermatitis", "eczema", "psoriasis", "urticaria", "cellulitis", "Ménière disease", "Sjögren syndrome",
    "Guillain-Barré syndrome",
];

/// Where.
#[rustfmt::skip]
pub(super) const SITES: [&str; 120] = [
    "femur", "tibia", "fibula", "radius", "ulna", "humerus", "forearm", "shoulder", "hip", "knee", "ankle", "foot",
    "hand", "wrist", "elbow", "index finger", "middle finger", "ring finger", "little finger", "thumb", "great toe",
    "lesser toe", "clavicle", "scapula", "rib", "sternum", "pelvis", "sacrum", "cervical vertebra",
    "thoracic vertebra", "lumbar vertebra", "spinal cord", "skull", "mandible", "maxilla", "orbit", "nose", "ear",
    "eye", "eyelid", "cornea", "retina", "lens", "optic nerve", "tongue", "lip", "pharynx", "larynx", "trachea",
    "bronchus", "lung", "pleura", "heart", "aortic valve", "mitral valve", "tricuspid valve", "coronary artery",
    "aorta", "carotid artery", "femoral vein", "portal vein", "esophagus", "stomach", "duodenum", "jejunum", "ileum",
    "appendix", "colon", "rectum", "anus", "liver", "gallbladder", "bile duct", "pancreas", "spleen", "kidney",
    "ureter", "bladder", "urethra", "prostate", "testis", "ovary", "uterus", "cervix", "vagina", "breast", "thyroid",
    "parathyroid", "adrenal gland", "pituitary gland", "thymus", "bone marrow", "lymph node", "brain", "cerebellum",
    "brain stem", "meninges", "trigeminal nerve", "facial nerve", "median nerve", "ulnar nerve", "sciatic nerve",
    "brachial plexus", "skin of scalp", "skin of face", "skin of trunk", "skin of upper limb", "skin of lower limb",
    "abdominal wall", "chest wall", "inguinal region", "perineum", "Achilles tendon", "rotator cuff",
    "quadriceps muscle", "biceps muscle", "deltoid muscle", "meniscus", "cruciate ligament", "Bartholin gland",
];

/// On which side, with the blank behind it.
#[rustfmt::skip]
pub(super) const SIDES: [&str; 5] = [
    "right ", "left ", "", "unspecified ", "bilateral ",
];

/// Which encounter.
#[rustfmt::skip]
pub(super) const ENCOUNTERS: [&str; 9] = [
    "initial encounter", "subsequent encounter", "sequela", "initial encounter for closed fracture",
    "subsequent encounter with routine healing", "initial encounter for open fracture",
    "subsequent encounter with delayed healing", "subsequent encounter with nonunion",
    "subsequent encounter with malunion",
];

/// What leads to a name.
#[rustfmt::skip]
pub(super) const CAUSES: [&str; 8] = [
    "in diseases caused by", "following exposure to", "associated with", "complicating", "induced by", "resistant to",
    "as the cause of diseases classified with", "in remission after",
];

/// What names are put together from.
#[rustfmt::skip]
pub(super) const SYLLABLES: [&str; 50] = [
    "ar", "bac", "bor", "bra", "car", "chol", "clos", "cor", "cyst", "der", "dip", "ec", "en", "fib", "gas", "gly",
    "hem", "hep", "il", "jun", "ker", "lep", "lip", "lys", "mel", "mic", "myo", "neph", "oid", "oste", "path", "phyl",
    "pneu", "pro", "ret", "rhin", "sal", "scler", "sep", "spir", "staph", "strep", "ter", "tox", "ur", "vas", "vib",
    "xan", "yer", "zo",
];
