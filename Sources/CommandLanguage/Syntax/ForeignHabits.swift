/// What people type who come from Python, PyTorch, Keras or fastai, and what it is called here.
enum ForeignHabits {
    private static let seeding = "`set seed 1`: everything that is random follows from it."
    private static let keeping = "`best = net.state_dict` keeps the weights as they are now; `load net from best` takes them back."

    /// The answer to a statement that begins as another language's would.
    ///
    /// Such a word may be a name all the same: assigning to it is no foreign habit.
    static func diagnostic(statementBeginning word: String, isAssigned: Bool, at span: Span) -> Diagnostic? {
        guard !isAssigned, let hint = statements[word] else { return nil }
        return Diagnostic(.syntax, "`\(word)` is not part of this language.", at: span, hint: hint)
    }

    private static let statements: [String: String] = [
        "import": "Nothing needs to be imported: everything is there. `help` lists it.",
        "from": "Nothing needs to be imported: everything is there. `help` lists it.",
        "for": "There are no loops: `train epochs=5` runs the epochs, and verbs take patterns such as `net.*.weight`.",
        "while": "There are no loops: `train epochs=5 patience=2` stops by itself.",
        "if": "There are no conditions: `train patience=`, `keep=best` and the like decide while training.",
        "def": "There are no functions: put the cells into a file and `run \"file.thaw\"`.",
        "class":
            "There are no classes: `Sequential(name=Layer(...), ...)` builds a network, `ImageFolder`, `ImageList` and `ImagePattern` read data.",
        "with": "There is no `with`: evaluation never computes gradients.",
        "pip": "Nothing needs to be installed from a cell.",
        "let": "Just write `name = value`.",
        "var": "Just write `name = value`.",
        "return": "There are no functions to return from.",
        "del": "`delete name` forgets an object.",
    ]

    /// The answer to a name that isn't known here but means something elsewhere.
    static func hint(forName name: String) -> String? { names[name] }

    private static let names: [String: String] = [
        "torch": "Constructors need no prefix: `SGD(lr=0.01)`, `Linear(classes)`, `resnet18(weights=imagenet)`.",
        "nn": "Layers need no prefix: `Linear(classes)`, not `nn.Linear(...)`; the input size is inferred.",
        "optim": "Optimizers need no prefix and no parameters: `train optimizer=SGD(lr=0.001, momentum=0.9)`.",
        "models": "Models need no prefix: `resnet18(weights=imagenet)`.",
        "transforms": "Transforms need no prefix: `data.train.transform = [RandomResizedCrop(224), ToTensor]`.",
        "datasets": "Datasets need no prefix: `data = ImageFolder(\"folder\")`.",
        "torchvision": "Constructors need no prefix: `resnet18(weights=imagenet)`, `ImageFolder(\"folder\")`.",
        "lr_scheduler": "Schedulers need no prefix: `train scheduler=StepLR(step_size=7)`.",
        "device": "`set device onednn` or `set device openblas` chooses where the network runs.",
        "model": "A network has the name that you give it: `net = resnet18(weights=imagenet)`.",
        "keras": "There is no Keras here: `net = resnet50(weights=imagenet)`, then `train net on data`.",
        "learn": "There is no learner object: `train` and `finetune` act on the network.",
        "dls": "A dataset has the name that you give it: `data = ImageFolder(\"folder\")`.",
        "self": "There are no classes here.",
        "seed": seeding, "seed_everything": seeding,
        "deepcopy": keeping,
        "np": "There is no numpy here: numbers, arithmetic, lists and ranges are built in.",
        "len": "`show data` counts the pictures, `show net` the layers.",
        "range": "A range is written `0..5`; `train epochs=5` runs the epochs.",
        "device_count": "`set threads 2` says how many processors compute.",
        "Compose": "A pipeline is a list: `data.train.transform = [RandomResizedCrop(224), ToTensor, Normalize(imagenet)]`.",
        "Dense": "It is called `Linear`: `net.fc = Linear(classes)`; the softmax is part of the loss.",
        "GlobalAveragePooling2D": "It is called `AdaptiveAvgPool2d(1)`, followed by `Flatten`.",
        "MaxPooling2D": "It is called `MaxPool2d`.",
        "BatchNormalization": "It is called `BatchNorm2d`, and `BatchNorm1d` behind `Flatten`.",
        "image_dataset_from_directory": "`data = ImageFolder(\"folder\", split=20%)`",
        "ImageDataGenerator": "`data = ImageFolder(\"folder\")`, with `data.train.transform = [...]` for the augmentation.",
        "ImageDataLoaders": "`data = ImageFolder(\"folder\", split=20%)`",
        "DataBlock": "`data = ImageFolder(\"folder\", split=20%)`",
        "vision_learner":
            "`net = resnet18(weights=imagenet)`, `freeze net`, `net.fc = Linear(classes)`, then `train net on data`.",
        "cnn_learner": "`net = resnet18(weights=imagenet)`, `freeze net`, `net.fc = Linear(classes)`, then `train net on data`.",
        "Learner": "There is no learner object: `train net on data` trains, and the trainer remembers.",
        "SparseCategoricalCrossentropy": "It is called `CrossEntropyLoss`.",
        "CategoricalCrossentropy": "It is called `CrossEntropyLoss`.",
        "EarlyStopping": "`train patience=3` stops early, and `keep=best` keeps the best weights.",
        "ModelCheckpoint": "Every epoch is stored by itself; `resume` goes on after an interruption.",
        "cross_entropy": "It is called `CrossEntropyLoss`.", "crossentropy": "It is called `CrossEntropyLoss`.",
        "categorical_crossentropy": "It is called `CrossEntropyLoss`.", "sparse_categorical_crossentropy": "It is called `CrossEntropyLoss`.",
        "quit": "The front-end's Kernel menu ends the session; `reset` forgets what it has.",
        "exit": "The front-end's Kernel menu ends the session; `reset` forgets what it has.",
        "clear": "`reset` forgets what the session has; outputs are cleared in the front-end.",
        "ls": "Tab inside of a text's quotes shows files: `ImageFolder(\"`.", "cd": "Paths begin where the notebook lies: `ImageFolder(\"../data\")`.",
        "echo": "`print \"text\", value`", "plot": "`show` draws: `show history`, `show net`, `show data`.",
        "test": "`evaluate net on data.test`", "accuracy": "`evaluate` measures it, with its interval.", "score": "`evaluate` measures it.",
        "fit_one_cycle": "`train net on data epochs=5 scheduler=OneCycleLR`",
        "os": "Paths are texts in quotes: `ImageFolder(\"data/bees\")`.",
    ]

    /// The answer to an option that isn't there but is in torchvision, Keras or fastai.
    static func hint(forOption name: String) -> String? { options[name] }

    private static let options: [String: String] = [
        "pretrained": "`weights=imagenet` takes the published weights, `weights=none` begins at random.",
        "params": "An optimizer takes what is trainable by itself: `SGD(lr=0.001)`.",
        "parameters": "An optimizer takes what is trainable by itself: `SGD(lr=0.001)`.",
        "criterion": "It is called `loss`: `train loss=CrossEntropyLoss`.",
        "loss_fn": "It is called `loss`: `train loss=CrossEntropyLoss`.",
        "validation_data": "A dataset brings its own part for validation: `ImageFolder(\"folder\")` finds `val/`.",
        "validation_split": "A dataset is split when it is made: `ImageFolder(\"folder\", split=20%)`.",
        "callbacks": "`patience=3` stops early, `keep=best` keeps the best weights.",
        "cbs": "`patience=3` stops early, `keep=best` keeps the best weights.",
        "metrics": "Accuracy is always measured; `evaluate` tells it by class.",
        "device": "`set device onednn` chooses where networks run.",
        "num_classes": "A new head sets the classes: `net.fc = Linear(classes)`.",
        "in_features": "The input size is inferred.",
        "in_channels": "The number of input channels is inferred.",
        "include_top": "A new head takes the old one's place: `net.fc = Linear(classes)`.",
        "input_shape": "The size follows from the transform: `data.train.transform = [RandomResizedCrop(224), ToTensor]`.",
        "from_logits": "Losses take logits.",
        "activation": "An activation is a layer of its own: `[Linear(64), ReLU, Linear(classes)]`.",
        "units": "`Linear(2)`: the number stands first.", "valid_pct": "`split=20%` sets a share apart for validation.",
        "image_size": "The size is a transform's: `Resize(256)`, `CenterCrop(224)`.",
        "target_size": "The size is a transform's: `Resize(256)`, `CenterCrop(224)`.",
        "item_tfms": "`data.train.transform = [...]`", "batch_tfms": "`data.train.transform = [...]`",
        "transform": "`data.train.transform = [...]`",
        "freeze_epochs": "`finetune` trains the head first: `head_epochs=`.",
        "verbose": "`set live false` shows lines instead of a bar.",
        "momentum": "It is the optimizer's: `optimizer=SGD(lr=0.001, momentum=0.9)`.",
        "nesterov": "It is the optimizer's: `optimizer=SGD(lr=0.001, momentum=0.9, nesterov=true)`.",
        "betas": "They are the optimizer's: `optimizer=Adam(lr=0.001, betas=[0.9, 0.999])`.",
        "step_size": "It is the scheduler's: `scheduler=StepLR(step_size=7, gamma=0.1)`.",
        "gamma": "It is the scheduler's: `scheduler=StepLR(step_size=7, gamma=0.1)`.",
        "pin_memory": "Thaw computes on the CPU: there is nothing to pin.",
        "requires_grad": "`freeze net` holds parameters fixed.",
        "strict": "`partial=true` takes what fits and leaves the rest as it is; without it everything must fit.",
        "nesterov_momentum": "`SGD(momentum=0.9, nesterov=true)`",
    ]

    /// The answer to a method or part that isn't there but is in PyTorch, Keras or fastai.
    ///
    /// - Parameter owner: what it is asked of, `net.fc`; without it there is no answer that would have to name it.
    static func hint(forPart part: String, of owner: String? = nil) -> String? {
        guard let hint = parts[part], hint.contains("net.part") else { return parts[part] }
        return owner.map { hint.replacing("net.part", with: $0) }
    }

    /// The error for a path that leads nowhere, with the answer to a habit if it ends in one: `net.fc.requires_grad`.
    static func advised(_ diagnostic: Diagnostic, _ path: PathExpression) -> Diagnostic {
        guard diagnostic.kind == .unknownPath || diagnostic.kind == .type, case .segment(let part, _)? = path.steps.last,
            let hint = hint(forPart: part, of: name(path, dropping: 1))
        else { return diagnostic }
        var copy = diagnostic
        copy.hint = hint
        return copy
    }

    /// The names of a path without its last ones.
    static func name(_ path: PathExpression, dropping count: Int = 0) -> String {
        path.steps.dropLast(count).reduce(into: path.root) { text, step in
            if case .segment(let name, _) = step { text += ".\(name)" }
        }
    }

    private static let parts: [String: String] = [
        "requires_grad": "`freeze net.part` holds parameters fixed, `unfreeze net.part` lets them learn again.",
        "requires_grad_": "`freeze net.part` holds parameters fixed, `unfreeze net.part` lets them learn again.",
        "parameters": "`params net` lists the parameters, `params net trainable` those that learn.",
        "named_parameters": "`params net` lists the parameters, `params net trainable` those that learn.",
        "fit": "`train net on data epochs=5` trains; the trainer remembers everything for the next `train`.",
        "fit_one_cycle": "`train net on data epochs=5 scheduler=OneCycleLR lr=1e-3`",
        "fine_tune": "`finetune net on data epochs=5`",
        "freeze": "It is a verb: `freeze net`.",
        "unfreeze": "It is a verb: `unfreeze net`.",
        "lr_find": "`find lr`",
        "train": "Training and evaluation modes are set by the verbs: `train`, `evaluate`.",
        "eval": "Training and evaluation modes are set by the verbs: `train`, `evaluate`.",
        "evaluate": "It is a verb: `evaluate net on data`.",
        "predict": "It is a verb: `predict \"picture.jpg\" with net`.",
        "to": "`set device onednn` chooses where networks run.",
        "cuda": "Thaw computes on the CPU: `set device onednn`.",
        "cpu": "Thaw computes on the CPU: `set device onednn`.",
        "summary": "`show net` lists the layers with their shapes and parameters.",
        "compile": "`train net on data optimizer=Adam(lr=0.001) loss=CrossEntropyLoss`",
        "trainable": "`freeze net` and `unfreeze net` say what learns.",
        "load_state_dict": "`load net from \"weights.pth\"`, with `partial=true` to take what fits.",
        "save": "It is a verb: `save net to \"net.safetensors\"`.",
        "show_batch": "`show batch data.train`",
        "zero_grad": "`train` does the steps by itself.",
        "backward": "`train` does the steps by itself.",
        "step": "`train` does the steps by itself.",
        "state_dict": "It is a value, without brackets: `best = net.state_dict`.",
        "manual_seed": seeding, "seed": seeding,
        "deepcopy": keeping,
        "children": "`show net` lists the layers.", "modules": "`show net` lists the layers.",
        "named_modules": "`show net` lists the layers.",
        "layers": "`show net` lists the layers, a path such as `net.layer4` reaches one.",
        "get_weights": "`net.part.weight` is one; `net.state_dict` are all.",
        "load_weights": "`load net from \"weights.pth\"`", "save_weights": "`save net to \"net.safetensors\"`",
        "freeze_to": "`freeze net until layer4` leaves the rest to learn.",
        "lr": "The rate belongs to the trainer: `trainer.lr = 0.001`, or `train lr=0.001`.",
        "shape": "Shapes stand in what a path shows: `net.part`.", "size": "Shapes stand in what a path shows: `net.part`.",
        "data": "A path by itself shows the values: `net.part`.", "numpy": "A path by itself shows the values: `net.part`.",
        "item": "A path by itself shows the values: `net.part`.",
        "in_features": "Shapes stand in what a path shows: `net.part`.",
        "out_features": "Shapes stand in what a path shows, `net.part`; another layer takes its place: `net.part = Linear(classes)`.",
        "grad": "Gradients live in a training step only; `train clip_norm=` bounds them.",
        "plot_confusion_matrix": "`show confusion`", "plot_top_losses": "`show mistakes n=9`",
        "show_results": "`show predictions`",
        "recorder": "`show history`", "history": "`show history`", "dls": "A dataset has a name of its own: `data`.",
        "classes_": "`net.part.classes`", "class_to_idx": "`net.part.classes` lists them in their order.",
        "targets": "`show data` counts the labels.",
    ]
}
